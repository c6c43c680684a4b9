// Compares what the vendor's client read with what the stand-in holds, field by field and both ways: a field too many
// is a difference too. Then has TypeScript check every answer against the vendor's own declarations.
//
//     node compare.mjs stand-in.json read.json

import { readFileSync } from "node:fs";
import ts from "typescript";
import { expected, isAny } from "./expect.mjs";
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

/** What TypeScript says about the answers as literals of the vendor's types. */
function typeErrors(source) {
    const file = new URL("answers.ts", import.meta.url).pathname;
    const options = { noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022 };
    options.module = ts.ModuleKind.NodeNext;
    options.moduleResolution = ts.ModuleResolutionKind.NodeNext;
    const host = ts.createCompilerHost(options);
    const { fileExists, readFile } = host;
    host.fileExists = (path) => path === file || fileExists(path);
    host.readFile = (path) => (path === file ? source : readFile(path));
    const getSourceFile = host.getSourceFile;
    host.getSourceFile = (path, ...rest) =>
        path === file ? ts.createSourceFile(path, source, ts.ScriptTarget.ES2022) : getSourceFile(path, ...rest);
    const program = ts.createProgram([file], options, host);
    return ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map((diagnostic) => {
        const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
        const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
        return `${source.split("\n")[line].slice(0, 80).split(" =")[0]}: ${text.slice(0, 400)}`;
    });
}

compare("", expected(standIn), read);
const source = declarations(read);
const errors = typeErrors(source);
const answers = source.split("\n").filter((line) => line.startsWith("const ")).length;
for (const line of [...differences, ...errors].slice(0, 40)) console.error(line);
console.log(`${values} values compared, ${differences.length} differ; ${answers} kinds of answers typed, ${errors.length} errors`);
process.exitCode = differences.length + errors.length === 0 && values > 1000 && answers > 15 ? 0 : 1;
