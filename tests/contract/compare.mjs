// Compares what the vendor's client read with what the stand-in holds, field by field and both ways: a field too many
// is a difference too. Then has TypeScript check every answer against the vendor's own declarations.
//
//     node compare.mjs stand-in.json read.json

import { readFileSync } from "node:fs";
import { expected, isAny } from "./expect.mjs";
import { typeErrors } from "./typescript.mjs";
import { declarations } from "./types.mjs";

const [standIn, read] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const differences = [];
let values = 0;

function compare(path, want, have) {
    if (isAny(want) && have !== undefined) return;
    const kind = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
    if (kind(want) === "object" && kind(have) === "object") {
        for (const name of new Set([...Object.keys(want), ...Object.keys(have)])) {
            compare(`${path}/${name}`, want[name], have[name]);
        }
    } else if (kind(want) === "array" && kind(have) === "array" && want.length === have.length) {
        want.forEach((value, at) => compare(`${path}/${at}`, value, have[at]));
    } else {
        values += 1;
        if (want !== have && JSON.stringify(want) !== JSON.stringify(have)) {
            const short = (value) => (JSON.stringify(value) ?? "nothing").slice(0, 120);
            differences.push(`${path}: holds ${short(want)}, the client read ${short(have)}`);
        }
    }
}

compare("", expected(standIn), read);
const source = declarations(read);
const errors = typeErrors(source);
const answers = source.split("\n").filter((line) => line.startsWith("const ")).length;
for (const line of [...differences, ...errors].slice(0, 40)) console.error(line);
console.log(`${values} values compared, ${differences.length} differ; ${answers} kinds of answers typed, ${errors.length} errors`);
process.exitCode = differences.length + errors.length === 0 && values > 1000 && answers > 15 ? 0 : 1;
