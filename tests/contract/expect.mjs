// What the client ought to have read, worked out from the stand-in's stored content (its `truth`) by rules written
// here a second time: which fields a list leaves out, and which locale's version is shown.

/** Values the server computes: only that they are there is compared. */
const ANY = { any: true };
export const isAny = (value) => value?.any === true;

const pick = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));
const omit = (object, names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const present = (object) => omit(object, Object.keys(object).filter((name) => object[name] == null));
const optional = (object, name) => (object[name] == null ? {} : { [name]: object[name] });

export function expected({ truth, projectId }) {
    const locales = truth.locales.map((locale) => ({ ...locale.meta, ...omit(locale, ["meta"]) }));
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
        handoverConfiguration: { setupLiveAgentInbox: false, whisperAssistConfiguration: "none" },
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
        refusals: {
            unknownFlow: "ResourceNotFoundError",
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
        return { ...omit(node, ["localizedData"]), ...has(resolve(wanted, has)) };
    };
    return {
        item,
        settings: {
            ...flow.settings.meta,
            ...flow.settings.body,
            localeSettings: flow.localised.map((l) => ({ localeReference: l, inheritFallbackLocaleModel: false })),
        },
        nodeItems: flow.nodes.map((node) => omit(node, ["localizedData"])),
        views: Object.fromEntries(locales.map((locale) => [locale._id, view(locale)])),
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
    const empty = {
        nodeReferenceId: "",
        childFeatures: false,
        biasTowardsParentOrChildIntents: "parents",
        analyticsLabel: "",
        overrideIntentDefaultRepliesAsExamples: "",
    };
    const line = (kind) => (text) => `"${intent.name}",${kind},"${text.replaceAll('"', '""')}"\n`;
    return {
        item,
        read: { ...item, ...intent.meta, ...pick(intent, rules), ...empty },
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
        ],
    };
}
