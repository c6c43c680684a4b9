// Writes the part of GitHub's own OpenAPI description that the product calls, as Prism can use it.
//
//     node description.mjs > description.json
//
// GitHub's description has 13 MB, and Prism takes half a minute to read it; this part has a hundredth of it. What is
// added stands here, with the reason; nothing that GitHub requires of a call or an answer is taken away.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const REPOSITORY = "/repos/{owner}/{repo}";
const CONTENTS = "/repos/{owner}/{repo}/contents/{path}";

const file = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");
const github = JSON.parse(readFileSync(file, "utf8"));
const copy = (value) => JSON.parse(JSON.stringify(value));

const [repository, contents] = [REPOSITORY, CONTENTS].map((name) => ({ get: copy(github.paths[name].get) }));

// We ask for two formats, and neither stands in the description as it comes over the wire. The object's schema is there
// under the name by which it is asked for; it requires little, so that one of the plain answers' schemas is added.
const { content } = contents.get.responses["200"];
const names = ["content-file", "content-symlink", "content-submodule"];
const plain = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
const one = { anyOf: [...plain, { required: ["entries"] }] };
const object = { allOf: [content["application/vnd.github.object"].schema, one] };
contents.get.responses["200"].content = { "application/json": { schema: object } };

const paths = { [REPOSITORY]: repository, [CONTENTS]: contents };
const variant = (name, change) => {
    const path = copy(contents);
    path.get.operationId += `-${name}`;
    change(path.get);
    return path;
};

// The raw bytes are in GitHub's documentation only (github/rest-api-description#6089). To Prism their type
// (`application/vnd.github.raw+json`) is JSON's, so the file that the test asks for raw has a path of its own.
paths["/repos/{owner}/{repo}/contents/large.json"] = variant("raw", (get) => {
    get.parameters = get.parameters.filter(({ name }) => name !== "path");
    get.responses["200"].content["application/json"].schema = { anyOf: [object, { type: "string" }] };
});

// Prism takes no slash for a part of a parameter, so a path of two segments gets a template of its own ...
paths["/repos/{owner}/{repo}/contents/{folder}/{path}"] = variant("nested", (get) => {
    get.parameters.push({ name: "folder", in: "path", required: true, schema: { type: "string" } });
});

// ... and so does one of none: "If you omit the path parameter, you will receive the contents of the root directory."
paths["/repos/{owner}/{repo}/contents"] = variant("root", (get) => {
    get.parameters = get.parameters.filter(({ name }) => name !== "path");
});

// Releases and their files, as GitHub describes them. What is added are refusals that GitHub answers and does not
// describe, in the shapes that it describes for the others: too little right or too many requests (403), a release that
// is gone (404), a tag that is taken and a release that is immutable (422, which only the making of a release has).
const RELEASES = `${REPOSITORY}/releases`;
const calls = {
    [RELEASES]: ["get", "post"],
    [`${RELEASES}/{release_id}`]: ["patch", "delete"],
    [`${RELEASES}/{release_id}/assets`]: ["post"],
    [`${RELEASES}/assets/{asset_id}`]: ["get", "delete"],
};
const refusal = (name) => ({
    description: "added",
    content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } },
});
for (const [path, methods] of Object.entries(calls)) {
    paths[path] = Object.fromEntries(methods.map((method) => [method, copy(github.paths[path][method])]));
    for (const call of Object.values(paths[path])) {
        const added = { 403: refusal("basic-error"), 404: refusal("basic-error"), 422: refusal("validation-error") };
        for (const [status, answer] of Object.entries(added)) {
            if (call.responses[status]?.content === undefined && call.responses[status]?.$ref === undefined) {
                call.responses[status] = answer;
            }
        }
        // Files go to a host of their own; here that host is Prism too.
        delete call.servers;
    }
}

// Two planted errors, which Prism must find before its silence counts: an answer that lacks a field, and a request
// that lacks a parameter.
const planted = (name) => {
    const path = copy(repository);
    path.get.operationId += name;
    path.get.parameters = [];
    return path;
};
const answer = planted("-planted-answer");
const schema = { type: "object", required: ["planted_field"] };
answer.get.responses["404"] = { description: "planted", content: { "application/json": { schema } } };
paths["/repos/planted/answer"] = answer;
const request = planted("-planted-request");
request.get.parameters = [{ name: "planted_parameter", in: "query", required: true, schema: { type: "string" } }];
paths["/repos/planted/request"] = request;

// What the calls refer to, and what that refers to.
const components = {};
const seen = new Set();
function keep(value) {
    if (Array.isArray(value)) return value.forEach(keep);
    if (value === null || typeof value !== "object") return;
    for (const [name, inner] of Object.entries(value)) {
        if (name !== "$ref" || typeof inner !== "string") {
            keep(inner);
        } else if (!seen.has(inner)) {
            seen.add(inner);
            const [section, key] = inner.replace("#/components/", "").split("/");
            (components[section] ??= {})[key] = github.components[section][key];
            keep(github.components[section][key]);
        }
    }
}
keep(paths);
process.stdout.write(JSON.stringify({ openapi: github.openapi, info: github.info, paths, components }));
