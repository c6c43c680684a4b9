// The vendor's own client (@cognigy/rest-api-client) writes into the stand-in, as a restore does: it makes, changes,
// moves and deletes, reads back what it wrote, and prints what it did and every difference as JSON.
//
//     node write.mjs stand-in.json > written.json

import { readFileSync } from "node:fs";
import rest from "@cognigy/rest-api-client";

const { baseUrl, apiKey, projectId } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = new rest.RestAPIClient({ baseUrl, maxRetries: 0 });
client.setCredentials({ type: "ApiKey", apiKey });

const calls = [];
const differences = [];
let values = 0;

/** A call of the client, noted with its arguments and its answer. */
async function call(name, args) {
    try {
        const answer = await client[name](args);
        calls.push({ name, args, answer });
        return answer;
    } catch (error) {
        throw new Error(`${name} ${JSON.stringify(args)}: ${error.constructor.name} ${error.message} ${error.detail ?? ""}`);
    }
}

/** What was read must hold at least this. */
function holds(what, want, have) {
    if (want !== null && typeof want === "object" && !Array.isArray(want)) {
        for (const [name, value] of Object.entries(want)) holds(`${what}/${name}`, value, have?.[name]);
        return;
    }
    values += 1;
    if (JSON.stringify(want) !== JSON.stringify(have)) {
        differences.push(`${what}: wrote ${JSON.stringify(want)}, read ${JSON.stringify(have) ?? "nothing"}`);
    }
}

/** What the client makes of a refusal: the name of its error class. */
async function refusal(name, args, expected) {
    const kind = await client[name](args).then(() => "none", (error) => error.constructor.name);
    holds(`${name} ${JSON.stringify(args)}`, expected, kind);
}

/** Waits for a task. */
async function ended({ _id: taskId }) {
    for (;;) {
        const { status, failReason } = await client.readTask({ taskId });
        if (status === "done") return;
        if (["error", "cancelled"].includes(status)) throw new Error(`task ${taskId}: ${status} ${failReason}`);
    }
}

const { _id: primary, referenceId: localeId } = (await client.indexLocales({ projectId })).items.find((l) => l.primary);

// A locale.
const locale = await call("createLocale", { projectId, name: "Dansk", nluLanguage: "da-DK", fallbackLocaleReference: primary });
holds("locale", { name: "Dansk", primary: false, fallbackLocaleReference: primary }, await client.readLocale({ localeId: locale._id }));
await call("updateLocale", { localeId: locale._id, name: "Danish", fallbackLocaleReference: primary });
holds("locale", { name: "Danish", nluLanguage: "da-DK" }, await client.readLocale({ localeId: locale._id }));
const { yesIntent } = await client.readYesNoIntents({ localeId: locale._id });
const yes = { localeId: locale._id, intentId: yesIntent._id };
await call("updateYesNoIntents", { ...yes, rules: ["input.text === 'ja'"], isDisabled: true });
holds("yes", { rules: ["input.text === 'ja'"], isDisabled: true }, (await client.readYesNoIntents(yes)).yesIntent);
const ja = await call("createYesNoSentence", { ...yes, text: "ja" });
await call("updateYesNoSentence", { ...yes, sentenceId: ja._id, text: "ja tak", slots: [] });
holds("yes/sentence", { text: "ja tak" }, (await client.indexYesNoSentences(yes)).items[0]);
await call("deleteYesNoSentence", { ...yes, sentenceId: ja._id });
holds("yes/sentences", 0, (await client.indexYesNoSentences(yes)).total);

// A lexicon with slots, entries and synonyms.
const { _id: lexiconId } = await call("createLexicon", { projectId, name: "Cars", description: "All we rent" });
holds("lexicon", { name: "Cars", description: "All we rent" }, await client.readLexicon({ lexiconId }));
await call("updateLexicon", { lexiconId, name: "Vehicles" });
const slot = await call("createLexiconSlot", { lexiconId, name: "car" });
await call("updateLexiconSlot", { lexiconId, slotId: slot._id, name: "vehicle" });
holds("slots", [{ _id: slot._id, name: "vehicle" }], (await client.indexLexiconSlots({ lexiconId })).items);
const entry = { mainKeyphrase: "van", slotReferences: [slot._id], data: '{"seats":9}' };
const { _id: entryId } = await call("createLexiconEntry", { lexiconId, ...entry });
holds("entry", entry, (await client.indexLexiconEntries({ lexiconId })).items[0]);
await call("addKeyphraseToLexiconEntry", { lexiconId, entryId, value: "minibus" });
await call("updateLexiconEntry", { lexiconId, entryId, mainKeyphrase: "people carrier", data: "{}" });
const words = async () => (await client.indexLexiconKeyphrases({ lexiconId })).items;
holds("keyphrases", ["people carrier", "minibus"], (await words()).map(({ value }) => value));
await call("removeKeyphraseFromLexiconEntry", { lexiconId, entryId, keyphraseId: (await words())[1]._id });
holds("keyphrases", ["people carrier"], (await words()).map(({ value }) => value));
const csv = Buffer.from('"truck","vehicle","lorry,HGV","{}"\n');
await ended(await call("importIntoLexicon", { lexiconId, file: csv, mode: "merge" }));
holds("keyphrases", ["people carrier", "truck", "lorry", "HGV"], (await words()).map(({ value }) => value));
await call("deleteLexiconEntry", { lexiconId, entryId });
holds("entries", 1, (await client.indexLexiconEntries({ lexiconId })).total);
await refusal("createLexicon", { projectId, name: "Vehicles" }, "ConflictError");
await refusal("createLexicon", { projectId, name: "a/b" }, "InvalidArgumentError");

// A flow: its document, settings, states and slot fillers.
const flow = { name: "Rental", description: "Cars", context: { asked: 0 }, attachedFlows: [], attachedLexicons: [lexiconId] };
const { _id: flowId, referenceId: flowReference } = await call("createFlow", { projectId, ...flow });
holds("flow", flow, await client.readFlow({ flowId }));
await call("updateFlow", { flowId, name: "Car rental", context: { asked: 1 } });
holds("flow", { name: "Car rental", description: "Cars", context: { asked: 1 } }, await client.readFlow({ flowId }));
await call("addFlowLocalization", { flowId, localeId: locale._id });
const localeSettings = { localeReference: locale._id, inheritFallbackLocaleModel: true };
await call("updateFlowSettings", { flowId, yesNoLogic: "confirmationWords", localeSettings });
const settings = await client.readFlowSettings({ flowId });
holds("flow settings", { yesNoLogic: "confirmationWords" }, settings);
holds("flow settings", [localeSettings], settings.localeSettings.filter((s) => s.localeReference === locale._id));

// Its chart: a chain, an `if` with what it brings, and a move.
const chart = { resourceType: "flow", resourceId: flowId };
const drawn = async () => {
    const { nodes, relations } = await client.readChart(chart);
    const row = (id) => relations.find(({ node }) => node === id);
    const draw = (id) => {
        const { children, next } = row(id);
        const below = children.length > 0 ? `[${children.map(draw).join("|")}]` : "";
        return nodes.find(({ _id }) => _id === id).label + below + (next ? ` ${draw(next)}` : "");
    };
    return draw(nodes.find(({ type }) => type === "start")._id);
};
const before = await client.readChart(chart);
const [start, end] = ["start", "end"].map((type) => before.nodes.find((node) => node.type === type)._id);
const extension = "@cognigy/basic-nodes";
const say = (text) => ({ say: { type: "text", text: [text], data: "", linear: false, loop: false } });
const hello = await call("createChartNode", {
    ...chart, type: "say", extension, mode: "append", target: start, label: "Hello", config: say("Hi"),
});
const node = { ...chart, nodeId: hello._id };
holds("node", { label: "Hello", type: "say", config: say("Hi"), preview: "Hi" }, await client.readChartNode(node));
const branch = await call("createChartNode", { ...chart, type: "if", extension, mode: "append", target: hello._id, label: "If" });
holds("chart", "Start Hello If[Then|Else] End", await drawn());
const { relations } = await client.readChart(chart);
const [then] = relations.find((row) => row.node === branch._id).children;
await call("createChartNode", { ...chart, type: "say", extension, mode: "append", target: then, label: "Yes", config: say("Yes!") });
await call("createChartNode", { ...chart, type: "say", extension, mode: "prepend", target: end, label: "Bye", config: say("Bye") });
holds("chart", "Start Hello If[Then Yes|Else] Bye End", await drawn());
await call("moveChartNode", { ...chart, nodeId: branch._id, mode: "append", target: start });
holds("chart", "Start If[Then Yes|Else] Hello Bye End", await drawn());
await call("updateChartNode", { ...node, label: "Greeting", comment: "short", config: say("Hello") });
await call("addChartNodeLocalization", { ...node, localeId: locale._id, inheritFromLocaleId: primary });
await call("updateChartNode", { ...node, localeId: locale._id, config: say("Hej") });
holds("node", { label: "Greeting", comment: "short", config: say("Hello") }, await client.readChartNode(node));
const danish = await client.readChartNode({ ...node, preferredLocaleId: locale._id });
holds("node", { localeReference: locale._id, config: say("Hej") }, danish);
await call("removeChartNodeLocalization", { ...node, localeId: locale._id });
const inherited = await client.readChartNode({ ...node, preferredLocaleId: locale._id });
holds("node", { localeReference: primary, config: say("Hello") }, inherited);
await refusal("updateChartNode", { ...node, config: { unheardOf: 1 } }, "InvalidArgumentError");
await refusal("deleteChartNode", { ...chart, nodeId: start }, "InvalidArgumentError");
await refusal("createChartNode", { ...chart, type: "say", extension, mode: "insertBefore", target: hello._id }, "InternalServerError");
await call("deleteChartNode", { ...chart, nodeId: branch._id });
holds("chart", "Start Greeting Bye End", await drawn());

// Intents: one by one, and from a file.
const intent = { name: "Rent", description: "a car", tags: ["rent"], rules: ["input.rent"], data: { a: 1 }, isDisabled: false };
const { _id: intentId } = await call("createIntent", { flowId, ...intent });
holds("intent", intent, await client.readIntent({ flowId, intentId }));
await call("updateIntent", { flowId, intentId, localeId: primary, tags: ["rent", "car"] });
holds("intent", { tags: ["rent", "car"], rules: ["input.rent"] }, await client.readIntent({ flowId, intentId }));
const sentence = await call("createSentence", { flowId, intentId, localeId: primary, text: "rent a car", slots: [] });
await call("updateSentence", { flowId, intentId, sentenceId: sentence._id, text: "rent me a car", slots: [] });
await call("addIntentLocalization", { flowId, intentId, localeId: locale._id, inheritFromLocaleId: primary });
const spoken = async (intentId, preferredLocaleId) =>
    (await client.indexSentences({ flowId, intentId, preferredLocaleId })).items.map(({ text }) => text);
holds("sentences", ["rent me a car"], await spoken(intentId, locale._id));
await call("removeIntentLocalization", { flowId, intentId, localeId: locale._id });
await call("deleteSentence", { flowId, intentId, sentenceId: sentence._id });
holds("sentences", [], await spoken(intentId, primary));
const file = Buffer.from(JSON.stringify([
    { name: "Rent", tags: ["again"], sentences: [{ text: "a car please", slots: [] }] },
    { name: "Return", tags: [], sentences: [{ text: "take it back", slots: [] }, { text: "done with it", slots: [] }] },
]));
await ended(await call("importIntents", { flowId, file, localeId: primary, mode: "overwrite" }));
const { items: intents } = await client.indexIntents({ flowId });
holds("intents", ["Rent", "Return"], intents.map(({ name }) => name));
holds("sentences", ["a car please"], await spoken(intentId, primary));
holds("sentences", ["take it back", "done with it"], await spoken(intents[1]._id, primary));
holds("flow", { isTrainingOutOfDate: true }, await client.readFlow({ flowId }));
await ended(await call("trainIntents", { flowId, localeId: primary, mode: "full" }));
holds("flow", { isTrainingOutOfDate: false }, await client.readFlow({ flowId }));
const state = await call("createFlowState", { flowId, name: "Renting", type: "whitelist", isDefault: false, intentIds: [] });
await call("addIntentToFlowState", { flowId, stateId: state._id, intentId });
holds("state", { name: "Renting", intentIds: [intentId] }, await client.readFlowState({ flowId, stateId: state._id }));
await call("removeIntentFromFlowState", { flowId, stateId: state._id, intentId });
await call("updateFlowState", { flowId, stateId: state._id, type: "blacklist" });
holds("state", { type: "blacklist", intentIds: [] }, await client.readFlowState({ flowId, stateId: state._id }));
await call("deleteFlowState", { flowId, stateId: state._id });
const filler = await call("createSlotFiller", { flowId, name: "Car", type: "date", contextKey: "day" });
await call("updateSlotFiller", { flowId, slotFillerId: filler._id, removeNegated: true });
holds("filler", { type: "date", contextKey: "day", removeNegated: true }, await client.readSlotFiller({ flowId, slotFillerId: filler._id }));
await call("deleteSlotFiller", { flowId, slotFillerId: filler._id });
await call("deleteIntent", { flowId, intentId: intents[1]._id });
holds("intents", 1, (await client.indexIntents({ flowId })).total);

// An endpoint: it leads where it is told, and its token is the server's.
const endpoint = { channel: "rest", name: "Rental desk", flowId: flowReference, localeId, entrypoint: projectId };
const { _id: endpointId, URLToken } = await call("createEndpoint", { projectId, ...endpoint });
holds("endpoint", { ...endpoint, URLToken, active: true }, await client.readEndpoint({ endpointId }));
await call("updateEndpoint", { endpointId, active: false });
holds("endpoint", { ...endpoint, URLToken, active: false }, await client.readEndpoint({ endpointId }));
await refusal("updateEndpoint", { endpointId, URLToken: "mine" }, "InvalidArgumentError");
await call("deleteEndpoint", { endpointId });
await refusal("readEndpoint", { endpointId }, "ResourceNotFoundError");

// Kinds of one document each: what makes one, what changes it, and what its calls name its id.
const nlu = {
    settings: { apikey: "", workspaceId: "w", serviceURL: "https://nlu.example.com" },
    transformer: {
        abortOnError: false, transformerStackEnabled: false, transformer: "export default {};",
        preNluTransformerEnabled: true, postNluTransformerEnabled: false, nluCodeTransformerEnabled: false,
    },
};
const documents = {
    Function: ["functionId", { name: "F", code: "export default () => {};" }, { code: "// none", isDisabled: true }],
    Connection: ["connectionId", { name: "C", extension: "@cognigy/basic-nodes", type: "http_basic", fields: { username: "u" } }, { fields: { username: "v" } }],
    NLUConnector: ["nluConnectorId", { name: "N", type: "watson", ...nlu }, { name: "Nn" }],
    Playbook: ["playbookId", { name: "P", abortOnError: true, timeout: 100 }, { timeout: 200 }],
    LargeLanguageModel: ["largeLanguageModelId", { name: "L", description: "d", modelType: "gpt-4o", provider: "openAI" }, { description: "e" }],
    Milestone: ["milestoneId", { name: "M", description: "d", version: "1", steps: [] }, { description: "e" }],
    AgentAssistConfig: ["configId", { name: "A", description: "d", config: { grid: { columns: 2, rows: 2, gap: 10 }, tiles: {} } }, { description: "e" }],
    KnowledgeStore: ["knowledgeStoreId", { name: "K", description: "d", language: "en-US" }, { description: "e" }],
};
for (const [kind, [id, made, changed]] of Object.entries(documents)) {
    const { _id } = await call(`create${kind}`, { projectId, ...made });
    holds(kind, made, await client[`read${kind}`]({ [id]: _id }));
    await call(`update${kind}`, { [id]: _id, ...changed });
    holds(kind, { ...made, ...changed }, await client[`read${kind}`]({ [id]: _id }));
    await refusal(`update${kind}`, { [id]: _id, unheardOf: 1 }, "InvalidArgumentError");
    await call(`delete${kind}`, { [id]: _id });
    await refusal(`read${kind}`, { [id]: _id }, "ResourceNotFoundError");
}
const snippet = { label: "Car", type: "context", script: "{{context.car}}" };
const { _id: snippetId } = await call("createSnippet", { projectId, ...snippet });
const snippets = async () => (await client.indexSnippets({ projectId, limit: 100 })).items.filter(({ _id }) => _id === snippetId);
holds("snippet", snippet, (await snippets())[0]);
await call("deleteSnippet", { projectId, snippetId });
holds("snippets", [], await snippets());
const { _id: knowledgeStoreId } = await call("createKnowledgeStore", { projectId, name: "Manuals", language: "en-US" });
const { knowledgeSource } = await call("createKnowledgeSource", { knowledgeStoreId, name: "Vans", type: "manual" });
const source = { knowledgeStoreId, sourceId: knowledgeSource._id };
const chunk = await call("createKnowledgeChunk", { ...source, text: "Nine seats.", order: 1 });
await call("updateKnowledgeChunk", { ...source, chunkId: chunk._id, disabled: true });
const chunkRead = await client.readKnowledgeChunk({ ...source, chunkId: chunk._id });
holds("chunk", { text: "Nine seats.", order: 1, disabled: true }, chunkRead);
await call("updateKnowledgeSource", { ...source, description: "All of them" });
holds("source", { description: "All of them", chunkCount: 1 }, await client.readKnowledgeSource(source));
await call("deleteKnowledgeChunk", { ...source, chunkId: chunk._id });
await call("deleteKnowledgeSource", source);

// The project and its settings, and what is deleted last.
await call("updateProject", { projectId, name: "Rental" });
holds("project", { name: "Rental" }, await client.readProject({ projectId }));
await call("updateProjectSettings", { projectId, timezone: "Europe/Copenhagen", intentThreshold: { lower: 0.2 } });
const read = await client.readProjectSettings({ projectId });
holds("settings", { timezone: "Europe/Copenhagen", intentThreshold: { lower: 0.2, upper: 0.5 } }, read);
await call("removeFlowLocalization", { flowId, localeId: locale._id });
await call("deleteLexiconSlot", { lexiconId, slotId: slot._id });
await call("deleteLexicon", { lexiconId });
holds("flow", { attachedLexicons: [lexiconId] }, await client.readFlow({ flowId }));
await call("deleteFlow", { flowId });
await call("deleteLocale", { localeId: locale._id });
for (const [name, args] of [["readFlow", { flowId }], ["readLexicon", { lexiconId }], ["readLocale", { localeId: locale._id }]]) {
    await refusal(name, args, "ResourceNotFoundError");
}
process.stdout.write(`${JSON.stringify({ calls, values, differences })}\n`);
