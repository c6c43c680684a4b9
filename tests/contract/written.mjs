// Judges what write.mjs did: every difference between what it wrote and what it read, and by the vendor's declarations
// every argument the stand-in took and every answer it gave. So a field that the stand-in takes and the vendor's types
// do not know, or an answer that lacks one, is an error.
//
//     node written.mjs written.json

import { readFileSync } from "node:fs";
import { NEWER } from "./types.mjs";
import { typeErrors } from "./typescript.mjs";

const { calls, values, differences } = JSON.parse(readFileSync(process.argv[2], "utf8"));

/** Answers to which newer servers add something, see types.mjs. */
const ANSWERS = {
    createEndpoint: "Endpoint",
    createChartNode: "Node",
    importIntents: "CreatedTask",
    importIntoLexicon: "CreatedTask",
    trainIntents: "CreatedTask",
};

// A file is bytes here and a Buffer in the types.
const literal = (value) => JSON.stringify(value, (name, part) => (name === "file" ? undefined : part));
const lines = calls.flatMap(({ name, args, answer }, at) => {
    const type = `V.ResourcesAPIGroup_2_0["${name}"]`;
    const taken = args.file ? `Omit<Parameters<${type}>[0], "file">` : `Parameters<${type}>[0]`;
    const given = `const answer${at}_${name}: ${ANSWERS[name] ?? `Awaited<ReturnType<${type}>>`} = ${literal(answer)};`;
    // What changes or removes something answers nothing, whatever is declared.
    return [`const args${at}_${name}: ${taken} = ${literal(args)};`, ...(answer ? [given] : [])];
});
const errors = typeErrors(`${NEWER}${lines.join("\n")}\n`);
for (const line of [...differences, ...errors].slice(0, 40)) console.error(line);
const kinds = new Set(calls.map(({ name }) => name)).size;
console.log(
    `${calls.length} writes of ${kinds} kinds, ${values} values read back, ${differences.length} differ; ` +
        `${lines.length} arguments and answers typed, ${errors.length} errors`,
);
process.exitCode = differences.length + errors.length === 0 && kinds > 70 && values > 150 ? 0 : 1;
