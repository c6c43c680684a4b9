// The vendor's own client (@cognigy/rest-api-client) reads a whole project from the stand-in, every route the
// product reads that this client knows, and prints what it got as JSON.
//
//     node contract.mjs stand-in.json > read.json
//
// It knows nothing of the stand-in beyond its address: what it asks and how is the client's doing.

import { readFileSync } from "node:fs";
import rest from "@cognigy/rest-api-client";

const { baseUrl, apiKey, projectId } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = new rest.RestAPIClient({ baseUrl, maxRetries: 0 });
client.setCredentials({ type: "ApiKey", apiKey });

/** A whole list, read twice: by skip and by cursor, which must agree. */
async function all(list, args = {}, limit = 7) {
    const bySkip = [];
    let total;
    do {
        const page = await list({ ...args, limit, skip: bySkip.length });
        bySkip.push(...page.items);
        total = page.total;
        if (page.items.length === 0) break;
    } while (bySkip.length < total);
    const byCursor = [];
    for (let next; ; ) {
        const page = await list({ ...args, limit, ...(next ? { next } : {}) });
        byCursor.push(...page.items);
        next = page.nextCursor;
        if (!next) break;
    }
    const ids = (items) => items.map((item) => item._id).join();
    if (ids(bySkip) !== ids(byCursor) || bySkip.length !== total) {
        throw new Error(`a list of ${total} read by skip (${bySkip.length}) and by cursor (${byCursor.length}) differs`);
    }
    return bySkip;
}

/** What the client makes of a refusal: the name of its error class. */
async function refusal(promise) {
    try {
        await promise;
        return "none";
    } catch (error) {
        return error.constructor.name;
    }
}

const read = {
    project: await client.readProject({ projectId }),
    projects: await all((args) => client.indexProjects(args)),
    settings: await client.readProjectSettings({ projectId }),
    graph: await client.graphProject({ projectId, dependencies: true }),
    locales: [],
    flows: [],
    endpoints: [],
    lexicons: [],
    yesNo: {},
    documents: {},
    knowledge: [],
    auditEvents: [],
};

for (const item of await all((args) => client.indexLocales(args), { projectId }, 1)) {
    read.locales.push({ item, read: await client.readLocale({ localeId: item._id }) });
}
const locales = read.locales.map(({ item }) => item._id);

for (const localeId of locales) {
    const intents = await client.readYesNoIntents({ localeId });
    read.yesNo[localeId] = { intents, sentences: {} };
    for (const [key, { _id: intentId }] of Object.entries(intents)) {
        const list = (args) => client.indexYesNoSentences({ localeId, intentId, ...args });
        read.yesNo[localeId].sentences[key] = await all(list, {}, 1);
    }
}

for (const item of await all((args) => client.indexFlows(args), { projectId })) {
    const flowId = item._id;
    const chart = { resourceType: "flow", resourceId: flowId };
    const flow = { item, settings: await client.readFlowSettings({ flowId }), views: {}, states: [], slotFillers: [] };
    for (const item of await all((args) => client.indexFlowStates({ flowId, ...args }), {}, 1)) {
        flow.states.push({ item, read: await client.readFlowState({ flowId, stateId: item._id }) });
    }
    for (const item of await all((args) => client.indexSlotFillers({ flowId, ...args }), {}, 1)) {
        flow.slotFillers.push({ item, read: await client.readSlotFiller({ flowId, slotFillerId: item._id }) });
    }
    flow.nodeItems = await all((args) => client.indexChartNodes({ ...chart, ...args }));
    for (const preferredLocaleId of locales) {
        const view = {
            read: await client.readFlow({ flowId, preferredLocaleId }),
            chart: await client.readChart({ ...chart, preferredLocaleId }),
            nodes: [],
            intents: [],
            json: await client.exportIntents({ flowId, localeId: preferredLocaleId, format: "json" }),
            csv: await client.exportIntents({ flowId, localeId: preferredLocaleId, format: "csv" }),
        };
        for (const node of view.chart.nodes) {
            view.nodes.push(await client.readChartNode({ ...chart, nodeId: node._id, preferredLocaleId }));
        }
        for (const item of await all((args) => client.indexIntents({ flowId, preferredLocaleId, ...args }))) {
            const intent = { flowId, intentId: item._id, preferredLocaleId };
            view.intents.push({
                item,
                read: await client.readIntent(intent),
                sentences: await all((args) => client.indexSentences({ ...intent, ...args }), {}, 2),
            });
        }
        flow.views[preferredLocaleId] = view;
    }
    read.flows.push(flow);
}

for (const item of await all((args) => client.indexEndpoints(args), { projectId }, 1)) {
    read.endpoints.push({ item, read: await client.readEndpoint({ endpointId: item._id }) });
}

for (const item of await all((args) => client.indexLexicons(args), { projectId }, 1)) {
    const lexiconId = item._id;
    const lexicon = {
        item,
        read: await client.readLexicon({ lexiconId }),
        entries: await all((args) => client.indexLexiconEntries({ lexiconId, ...args }), {}, 3),
        slots: await all((args) => client.indexLexiconSlots({ lexiconId, ...args })),
        keyphrases: await all((args) => client.indexLexiconKeyphrases({ lexiconId, ...args })),
        task: await client.exportFromLexicon({ lexiconId, projectId }),
    };
    do {
        lexicon.state = await client.readTask({ taskId: lexicon.task._id });
    } while (lexicon.state.status !== "done");
    const { downloadLink } = await client.composeLexiconDownloadLink({ lexiconId });
    // The link is fetched without the client, as the vendor's CLI does.
    lexicon.csv = await (await fetch(downloadLink)).text();
    read.lexicons.push(lexicon);
}

// Kinds of one document each: their list, their read, and what the read calls its id.
const documents = {
    functions: ["indexFunctions", "readFunction", "functionId"],
    connections: ["indexConnections", "readConnection", "connectionId"],
    nluConnectors: ["indexNLUConnectors", "readNLUConnector", "nluConnectorId"],
    playbooks: ["indexPlaybooks", "readPlaybook", "playbookId"],
    extensions: ["indexExtensions", "readExtension", "extensionId"],
    largeLanguageModels: ["indexLargeLanguageModels", "readLargeLanguageModel", "largeLanguageModelId"],
    goals: ["indexMilestones", "readMilestone", "milestoneId"],
    copilotConfigs: ["indexAgentAssistConfigs", "readAgentAssistConfig", "configId"],
};
for (const [kind, [index, readOne, id]] of Object.entries(documents)) {
    read.documents[kind] = [];
    for (const item of await all((args) => client[index](args), { projectId }, 1)) {
        read.documents[kind].push({ item, read: await client[readOne]({ [id]: item._id }) });
    }
}
// Tokens are complete in their list, and cannot be read one by one.
const snippets = await all((args) => client.indexSnippets({ projectId, ...args }), {}, 1);
read.documents.tokens = snippets.map((item) => ({ item }));

for (const item of await all((args) => client.indexKnowledgeStores(args), { projectId }, 1)) {
    const knowledgeStoreId = item._id;
    const store = { item, read: await client.readKnowledgeStore({ knowledgeStoreId }), sources: [] };
    for (const item of await all((args) => client.indexKnowledgeSources({ knowledgeStoreId, ...args }), {}, 1)) {
        const source = { knowledgeStoreId, sourceId: item._id };
        const list = (args) => client.indexKnowledgeChunks({ ...source, sort: "order:asc", ...args });
        const chunks = await all(list, {}, 100);
        const reads = chunks.slice(-2).map(({ _id }) => client.readKnowledgeChunk({ ...source, chunkId: _id }));
        store.sources.push({
            item,
            read: await client.readKnowledgeSource(source),
            chunks,
            lastChunks: await Promise.all(reads),
        });
    }
    read.knowledge.push(store);
}

const newestFirst = (args) => client.indexAuditEvents({ ...args, sort: { timestamp: "desc" } });
for (const item of await all(newestFirst, { projectId })) {
    read.auditEvents.push({ item, read: await client.readAuditEvent({ auditEventId: item._id }) });
}

read.refusals = {
    unknownFlow: await refusal(client.readFlow({ flowId: "0".repeat(24) })),
    unknownProject: await refusal(client.readProject({ projectId: "0".repeat(24) })),
    unknownAuditEvent: await refusal(client.readAuditEvent({ auditEventId: "0".repeat(24) })),
    limit: await refusal(client.indexFlows({ projectId, limit: 101 })),
};
client.setCredentials({ type: "ApiKey", apiKey: "wrong" });
read.refusals.wrongKey = await refusal(client.readProject({ projectId }));

process.stdout.write(`${JSON.stringify(read)}\n`);
