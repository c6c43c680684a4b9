// TypeScript as a judge: what it says about literals of the vendor's declared types.

import ts from "typescript";

/** What TypeScript says about the answers as literals of the vendor's types. */
export function typeErrors(source) {
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
