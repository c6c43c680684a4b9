// What the client ought to have read, worked out from the stand-in's stored content (its `truth`) by rules written
// here a second time: which fields a list leaves out, and which locale's version is shown.

/** Values the server computes: only that they are there is compared. */
const ANY = { any: true };
export const isAny = (value) => value?.any === true;

const pick = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));
const omit = (object, names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const present = (object) => omit(object, Object.keys(object).filter((name) => object[name] == null));
const optional = (object, name) => (object[name] == null ? {} : { [name]: object[name] });

/** The organisation all projects of the stand-in belong to. */
const ORGANISATION = "5f0000000000000000000001";

/** What the lists of documents show of them; the others show everything. */
const LISTED = {
    functions: ["referenceId", "isDisabled", "name"],
    connections: ["referenceId", "name", "isDeprecated", "extension", "type"],
    nluConnectors: ["name", "type", "referenceId"],
    playbooks: ["name"],
    extensions: ["name", "label", "version", "imageUrlToken", "description", "trustedCode"],
    largeLanguageModels: [
        "referenceId", "name", "description", "modelType", "provider", "connectionId", "isDefault",
    ],
    goals: ["referenceId", "name", "description"],
};

export function expected({ truth, audit, projectId }) {
    const locales = truth.locales.map((locale) => ({ ...locale.meta, ...omit(locale, ["meta", "yesNo"]) }));
    const primary = locales.find((locale) => locale.primary);
    const resolve = (wanted, has) => {
        for (let id = wanted; id; id = locales.find((locale) => locale._id === id).fallbackLocaleReference) {
            if (has(id)) return id;
        }
        return primary._id;
    };
    const project = {
        ...truth.project.meta,
        ...omit(truth.project, ["meta"]),
        liveAgentDefaultInbox: 0,
    };
    const both = (item, more = {}) => ({ item, read: { ...item, ...more } });
    const flows = truth.flows.map((flow) => expectedFlow(flow, locales, resolve));
    const lexicons = truth.lexicons.map((lexicon) => expectedLexicon(lexicon));
    const endpoints = truth.endpoints.map(({ meta, body }) => ({
        item: {
            ...meta,
            ...pick(body, ["channel", "URLToken", "flowId", "localeId", "name", "overrideSnapshotConnections"]),
        },
        read: { ...meta, ...body },
    }));
    return {
        project,
        projects: [project],
        settings: { ...truth.settings.meta, ...truth.settings.body },
        graph: { [projectId]: expectedGraph(truth) },
        locales: locales.map((locale) => both(locale)),
        flows,
        endpoints,
        lexicons,
        yesNo: Object.fromEntries(truth.locales.map(({ meta, yesNo }) => [meta._id, expectedYesNo(yesNo)])),
        documents: expectedDocuments(truth.documents, projectId),
        knowledge: truth.knowledge.map((store) => expectedStore(store, projectId)),
        auditEvents: audit.toReversed().map((event) => both(expectedEvent(event, projectId))),
        refusals: {
            unknownFlow: "ResourceNotFoundError",
            unknownAuditEvent: "ResourceNotFoundError",
            unknownProject: "InvalidArgumentError",
            limit: "InvalidArgumentError",
            wrongKey: "UnauthorizedError",
        },
    };
}

function expectedFlow(flow, locales, resolve) {
    const meta = { ...flow.meta, lastChanged: Math.max(flow.meta.lastChanged, flow.contentChanged) };
    const item = { ...meta, ...pick(flow, ["referenceId", "name", "isTrainingOutOfDate"]), ...optional(flow, "description") };
    const view = ({ _id: wanted }) => {
        const intents = flow.intents.map((intent) => expectedIntent(intent, resolve(wanted, (l) => intent.localised.includes(l))));
        return {
            read: {
                ...item,
                ...pick(flow, ["context", "attachedFlows", "attachedLexicons", "img", "intentTrainGroupReference"]),
                localeReference: resolve(wanted, (l) => flow.localised.includes(l)),
                feedbackReport: ANY,
            },
            chart: {
                _id: flow.chartId,
                nodes: flow.nodes.map((node) => omit(shown(node, wanted), ["config"])),
                relations: flow.relations,
            },
            nodes: flow.nodes.map((node) => shown(node, wanted)),
            intents: intents.map(({ item, read, sentences }) => ({ item, read, sentences })),
            json: intents.map(({ exported }) => exported),
            csv: intents.map(({ csv }) => csv).join(""),
        };
    };
    const shown = (node, wanted) => {
        const has = (locale) => node.localizedData.find((version) => version.localeReference === locale);
        return { ...omit(node, ["localizedData", "mock"]), ...has(resolve(wanted, has)) };
    };
    return {
        item,
        settings: {
            ...flow.settings.meta,
            ...flow.settings.body,
            localeSettings: flow.localised.map((l) => ({ localeReference: l, inheritFallbackLocaleModel: flow.inheritsModel.includes(l) })),
        },
        states: flow.states.map((state) => partial(state, ["name", "referenceId", "isDefault"])),
        slotFillers: flow.slotFillers.map((filler) => partial(filler, ["name", "type", "referenceId"])),
        nodeItems: flow.nodes.map((node) => omit(node, ["localizedData", "mock"])),
        views: Object.fromEntries(locales.map((locale) => [locale._id, view(locale)])),
    };
}

/** A document whose list shows only some fields. */
function partial({ meta, body }, listed) {
    return { item: { ...meta, ...pick(body, listed) }, read: { ...meta, ...body } };
}

function expectedYesNo(intents) {
    const shown = (field) => Object.fromEntries(intents.map((intent) => [intent.key, field(intent)]));
    return {
        intents: shown((intent) => pick(intent, ["_id", "rules", "name", "isDisabled"])),
        sentences: shown(({ sentences }) =>
            sentences.map(({ meta, ...sentence }) => ({ ...meta, ...sentence, feedbackReport: ANY })),
        ),
    };
}

function expectedDocuments(all, projectId) {
    const owner = { projectReference: projectId, organisationReference: ORGANISATION };
    const kinds = Object.entries(omit(all, ["handoverProviders"])).map(([kind, documents]) => {
        const one = (document) => {
            if (kind === "tokens") return { item: partial(document, []).read };
            if (kind === "copilotConfigs") {
                const whole = { ...partial(document, []).read, ...owner };
                return { item: whole, read: whole };
            }
            const { item, read } = partial(document, LISTED[kind]);
            if (kind !== "extensions") return { item, read };
            return { item: pick(item, ["_id", ...LISTED.extensions]), read: { ...read, projectId } };
        };
        return [kind, documents.map(one)];
    });
    return Object.fromEntries(kinds);
}

function expectedStore({ document, contentChanged, sources }, projectId) {
    const owner = { projectReference: projectId, organisationReference: ORGANISATION };
    const whole = ({ meta, body }, changed, more) => ({
        ...meta,
        ...body,
        ...owner,
        ...more,
        lastChanged: Math.max(meta.lastChanged, changed),
    });
    const store = whole(document, contentChanged, {});
    return {
        item: store,
        read: store,
        sources: sources.map((source) => {
            const storeReference = document.meta._id;
            const shown = whole(source.document, source.contentChanged, {
                storeReference,
                chunkCount: source.chunks.length,
            });
            const chunks = source.chunks.map((chunk) =>
                whole(chunk, 0, { storeReference, sourceReference: source.document.meta._id }),
            );
            return { item: shown, read: shown, chunks, lastChunks: chunks.slice(-2) };
        }),
    };
}

function expectedEvent({ at, actionType, ...event }, projectId) {
    const days = 24 * 60 * 60;
    return {
        ...event,
        ...present({ actionType }),
        timestamp: new Date(at * 1000).toJSON(),
        expiresAt: new Date((at + 30 * days) * 1000).toJSON(),
        payload: null,
        organisationReference: ORGANISATION,
        projectReference: projectId,
    };
}

function expectedIntent(intent, locale) {
    const head = ["referenceId", "name", "tags", "isRejectIntent", "isDisabled"];
    const rules = ["condition", "rules", "confirmationSentences", "disambiguationSentence", "data"];
    const sentences = intent.sentences.filter((sentence) => sentence.localeReference === locale);
    const item = {
        _id: intent.meta._id,
        ...pick(intent, [...head, "parentIntentId"]),
        ...optional(intent, "description"),
        localeReference: locale,
        feedbackReport: ANY,
    };
    const rest = [
        "nodeReferenceId", "childFeatures", "biasTowardsParentOrChildIntents", "analyticsLabel",
        "overrideIntentDefaultRepliesAsExamples",
    ];
    const line = (kind) => (text) => `"${intent.name}",${kind},"${text.replaceAll('"', '""')}"\n`;
    return {
        item,
        read: { ...item, ...intent.meta, ...pick(intent, [...rules, ...rest]) },
        sentences: sentences.map((sentence) => ({ ...sentence.meta, ...omit(sentence, ["meta"]), feedbackReport: ANY })),
        exported: {
            _id: intent.meta._id,
            ...pick(intent, [...head, ...rules]),
            ...optional(intent, "description"),
            sentences: sentences.map((sentence) => pick(sentence, ["text", "slots"])),
        },
        csv: [...sentences.map(({ text }) => line("exampleSentence")(text)), ...intent.rules.map(line("rules"))].join(""),
    };
}

function expectedLexicon(lexicon) {
    const meta = { ...lexicon.meta, lastChanged: Math.max(lexicon.meta.lastChanged, lexicon.contentChanged) };
    const item = { ...meta, ...pick(lexicon, ["referenceId", "name"]), ...optional(lexicon, "description") };
    return {
        item,
        read: { ...item, isPackedForDownload: false },
        entries: lexicon.entries.map((entry) => ({
            ...entry,
            mainKeyphrase: entry.keyphrases.find((word) => word.isMainKeyphrase).value,
        })),
        slots: lexicon.slots,
        keyphrases: lexicon.entries.flatMap((entry) =>
            entry.keyphrases.map((word) => ({ ...word, lexiconEntryReference: entry._id })),
        ),
        task: ANY,
        state: ANY,
        csv: lexicon.csv,
    };
}

function expectedGraph(truth) {
    const row = (type, { meta, name, referenceId, contentChanged = 0 }, properties = {}) => ({
        type,
        _id: meta._id,
        name,
        ...present({ referenceId }),
        properties: {
            ...omit(meta, ["_id"]),
            lastChanged: Math.max(meta.lastChanged, contentChanged),
            ...properties,
        },
    });
    const flowOf = (id) => truth.flows.find((flow) => flow.referenceId === id)?.meta._id;
    return {
        type: "project",
        name: truth.project.name,
        resources: [
            ...truth.locales.map((l) => row("locale", l, pick(l, ["nluLanguage", "fallbackLocaleReference", "primary"]))),
            ...truth.flows.map((flow) => ({
                ...row("flow", flow),
                dependencies: [
                    ...flow.attachedFlows.map((_id) => ({ _id, type: "attachedFlow" })),
                    ...flow.attachedLexicons.map((_id) => ({ _id, type: "attachedLexicon" })),
                ],
            })),
            ...truth.lexicons.map((lexicon) => row("lexicon", lexicon)),
            ...truth.endpoints.map(({ meta, body }) => ({
                ...row("endpoint", { meta, name: body.name }, pick(body, ["active", "URLToken", "channel"])),
                dependencies: [{ _id: flowOf(body.flowId), type: "endpointFlow" }],
            })),
            ...truth.agents.map((agent) => row("aiAgent", { ...agent, name: agent.body.name })),
            ...Object.entries(GRAPH_ROWS).flatMap(([kind, [type, properties]]) =>
                truth.documents[kind].map(({ meta, body }) => ({
                    ...row(type, { ...body, meta, name: body.name ?? body.label }, pick(body, properties)),
                    ...(kind === "largeLanguageModels" ? { dependencies: connectionsOf(body, truth) } : {}),
                })),
            ),
            ...truth.knowledge.map(({ document: { meta, body }, contentChanged, sources }) => ({
                ...row("knowledgeStore", { ...body, meta, contentChanged }),
                dependencies: [
                    ...sources.map(({ document }) => ({ _id: document.meta._id, type: "attachedSource" })),
                    ...sources.flatMap(({ chunks }) => chunks.map(({ meta }) => ({ _id: meta._id, type: "attachedChunk" }))),
                ],
            })),
        ],
    };
}

/** What the graph calls each kind of documents, and what it shows of them; in the order of its rows. */
const GRAPH_ROWS = {
    connections: ["connection", ["type", "extension"]],
    functions: ["function", ["isDisabled"]],
    nluConnectors: ["nluconnector", ["type"]],
    playbooks: ["playbook", []],
    extensions: ["extension", ["imageUrlToken", "version", "extensionType"]],
    tokens: ["snippet", ["type"]],
    largeLanguageModels: ["largeLanguageModel", ["connectionId"]],
    goals: ["milestone", []],
    copilotConfigs: ["agentAssistConfig", []],
    handoverProviders: ["handoverProvider", []],
};

function connectionsOf({ connectionId }, truth) {
    const used = truth.documents.connections.filter(({ body }) => body.referenceId === connectionId);
    return used.map(({ meta }) => ({ _id: meta._id, type: "attachedConnection" }));
}
