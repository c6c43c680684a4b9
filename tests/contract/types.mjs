// Every answer as a literal of the type that the vendor declares for it, so that a missing field, a field too many or
// a wrong kind is a type error. What newer servers add to the 0.19.0 types is named here and nowhere else, as are dates,
// which are strings in JSON.

export const NEWER = `
import type * as V from "@cognigy/rest-api-client";
type Transformer = Omit<V.ITransformerFunction_2_0, "transformer"> & { transformer?: string };
type Endpoint = Omit<V.IEndpoint_2_0, "transformer"> & { transformer: Transformer; disableSkipUriTags: boolean };
type NodeItem = V.IChartNodeIndexItem_2_0 & { isCollapsed: boolean };
type Chart = Omit<V.IChart_2_0, "nodes"> & { nodes: (NodeItem & { preview: any; localeReference: string })[] };
type Node = V.IChartNode_2_0 & { isCollapsed: boolean };
type Times = { createdAt: number; lastChanged: number; createdBy: string; lastChangedBy: string };
type FlowSettings = V.IFlowSettingsResponse_2_0 & Times;
type CreatedTask = V.ICreatedTask_2_0 & { currentStep: number; totalStep: number };
type Connections = V.IAgentTranslationSettings_2_0["connections"];
type Translation = Omit<V.IAgentTranslationSettings_2_0, "connections"> & {
    connections: Omit<Connections, "deepl"> & { deepl: Connections["deepl"] & { apiKey?: string } };
};
type Settings = Omit<V.IAgentSettings_2_0, "translationSettings"> & { translationSettings: Translation };
type Dates = { timestamp: string; expiresAt: string };
type Element = { elementId?: string; elementType: V.TAuditEventChainElementType | "aiAgent" | "handoverProvider" };
type EventItem = Omit<V.IAuditEventIndexItem_2_0, keyof Dates | "chain"> & Dates & { chain: Element[] };
type Event = Omit<V.IAuditEvent_2_0, keyof Dates | "chain"> & Dates & Pick<EventItem, "chain" | "actionType">;
type Model = Omit<V.ILargeLanguageModel_2_0, "openAI"> & { openAI?: { customModel?: string; apiKey?: string } };
`;

export function declarations(read) {
    const views = read.flows.flatMap((flow) => Object.values(flow.views));
    const intents = views.flatMap((view) => view.intents);
    const graph = Object.fromEntries(
        Object.entries(read.graph).map(([id, one]) => [
            id,
            // AI agents and handover providers came after 0.19.0.
            { ...one, resources: one.resources.filter(({ type }) => !["aiAgent", "handoverProvider"].includes(type)) },
        ]),
    );
    const items = (kind) => read.documents[kind].map((d) => d.item);
    const reads = (kind) => read.documents[kind].map((d) => d.read);
    const sources = read.knowledge.flatMap((store) => store.sources);
    const yesNo = Object.values(read.yesNo);
    const all = [
        ["project", "V.IReadProjectRestReturnValue_2_0[]", [read.project]],
        ["projects", "V.IProjectIndexItem_2_0[]", read.projects],
        ["settings", "Settings[]", [read.settings]],
        ["graph", "V.IGraph_2_0[]", [graph]],
        ["localeItems", "V.ILocaleIndexItem_2_0[]", read.locales.map((l) => l.item)],
        ["locales", "V.ILocale_2_0[]", read.locales.map((l) => l.read)],
        ["flowItems", "V.IFlowIndexItem_2_0[]", read.flows.map((f) => f.item)],
        ["flows", "V.IFlow_2_0[]", views.map((v) => v.read)],
        ["flowSettings", "FlowSettings[]", read.flows.map((f) => f.settings)],
        ["charts", "Chart[]", views.map((v) => v.chart)],
        ["nodeItems", "NodeItem[]", read.flows.flatMap((f) => f.nodeItems)],
        ["nodes", "Node[]", views.flatMap((v) => v.nodes)],
        ["intentItems", "V.IIntentIndexItem_2_0[]", intents.map((i) => i.item)],
        ["intents", "V.IIntent_2_0[]", intents.map((i) => i.read)],
        ["sentences", "V.ISentenceIndexItem_2_0[]", intents.flatMap((i) => i.sentences)],
        ["endpointItems", "V.IEndpointIndexItem_2_0[]", read.endpoints.map((e) => e.item)],
        ["endpoints", "Endpoint[]", read.endpoints.map((e) => e.read)],
        ["lexiconItems", "V.ILexiconIndexItem_2_0[]", read.lexicons.map((l) => l.item)],
        ["lexicons", "V.IReadLexiconRestReturnValue_2_0[]", read.lexicons.map((l) => l.read)],
        ["entries", "V.ILexiconEntryIndexItem_2_0[]", read.lexicons.flatMap((l) => l.entries)],
        ["slots", "V.ILexiconSlotIndexItem_2_0[]", read.lexicons.flatMap((l) => l.slots)],
        ["keyphrases", "V.ILexiconKeyphraseIndexItem_2_0[]", read.lexicons.flatMap((l) => l.keyphrases)],
        ["created", "CreatedTask[]", read.lexicons.map((l) => l.task)],
        ["tasks", "V.ITask_2_0[]", read.lexicons.map((l) => l.state)],
        ["yesNoIntents", "V.IReadYesNoIntentsRestReturnValue_2_0[]", yesNo.map((y) => y.intents)],
        ["yesNoSentences", "V.ISentenceIndexItem_2_0[]", yesNo.flatMap((y) => Object.values(y.sentences).flat())],
        ["stateItems", "V.IFlowStateIndexItem_2_0[]", read.flows.flatMap((f) => f.states.map((s) => s.item))],
        ["states", "V.IFlowState_2_0[]", read.flows.flatMap((f) => f.states.map((s) => s.read))],
        ["fillerItems", "V.ISlotFillerIndexItem_2_0[]", read.flows.flatMap((f) => f.slotFillers.map((s) => s.item))],
        ["fillers", "V.IReadSlotFillerRestReturnValue_2_0[]", read.flows.flatMap((f) => f.slotFillers.map((s) => s.read))],
        ["functionItems", "V.IFunctionIndexItem_2_0[]", items("functions")],
        ["functions", "V.IFunction_2_0[]", reads("functions")],
        ["connectionItems", "V.IConnectionIndexItem_2_0[]", items("connections")],
        ["connections", "V.IConnection_2_0[]", reads("connections")],
        ["nluConnectorItems", "V.INLUConnectorIndexItem_2_0[]", items("nluConnectors")],
        ["nluConnectors", "V.INLUConnector_2_0[]", reads("nluConnectors")],
        ["playbookItems", "V.IPlaybookIndexItem_2_0[]", items("playbooks")],
        ["playbooks", "V.IPlaybook_2_0[]", reads("playbooks")],
        ["extensionItems", "V.IExtensionIndexItem_2_0[]", items("extensions")],
        ["extensions", "V.IReadExtensionRestReturnValue_2_0[]", reads("extensions")],
        ["tokens", "V.ISnippetIndexItem_2_0[]", items("tokens")],
        ["modelItems", "V.ILargeLanguageModelIndexItem_2_0[]", items("largeLanguageModels")],
        ["models", "Model[]", reads("largeLanguageModels")],
        ["goalItems", "V.IMilestoneIndexItem_2_0[]", items("goals")],
        ["goals", "V.IMilestone_2_0[]", reads("goals")],
        ["copilotConfigs", "V.IAgentAssistConfig_2_0[]", [...items("copilotConfigs"), ...reads("copilotConfigs")]],
        ["stores", "V.IKnowledgeStore_2_0[]", read.knowledge.flatMap((s) => [s.item, s.read])],
        ["sources", "V.IKnowledgeSource_2_0[]", sources.flatMap((s) => [s.item, s.read])],
        ["eventItems", "EventItem[]", read.auditEvents.map((e) => e.item)],
        ["events", "Event[]", read.auditEvents.map((e) => e.read)],
        ["chunks", "V.IKnowledgeChunk_2_0[]", sources.flatMap((s) => [...s.chunks, ...s.lastChunks])],
    ];
    const lines = all.map(([name, type, value]) => `const ${name}: ${type} = ${JSON.stringify(value)};`);
    return `${NEWER}${lines.join("\n")}\n`;
}
