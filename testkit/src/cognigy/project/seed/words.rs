//! Names and texts of seeded projects: a shop's service desk, in the words such projects have.

use crate::cognigy::project::Collection;

pub(super) const FLOWS: [&str; 20] = [
    "Main",
    "Order status",
    "Returns & refunds",
    "Opening hours",
    "Authentication",
    "Handover",
    "Small talk",
    "Delivery",
    "Payment",
    "Complaints",
    "Loyalty program",
    "Newsletter",
    "Store finder",
    "Gift cards",
    "Invoice copy",
    "Feedback",
    "Warranty",
    "Appointment",
    "Übersetzung",
    "Fallback",
];

/// Name, NLU language, and the words put before a text that was translated.
pub(super) const LOCALES: [(&str, &str, &str); 6] = [
    ("English", "en-US", ""),
    ("Deutsch", "de-DE", "Auf Deutsch: "),
    ("Français", "fr-FR", "En français : "),
    ("日本語", "ja-JP", "日本語で："),
    ("Español", "es-ES", "En español: "),
    ("Italiano", "it-IT", "In italiano: "),
];

pub(super) const TEXTS: [&str; 14] = [
    "Hello {{input.profile.firstname}}, how can I help you today?",
    "Sure, I can look that up for you. What is your order number?",
    "Your parcel left our warehouse this morning and should reach you within two working days.",
    "I am sorry to hear that. Let me see what I can do.",
    "We are open Monday to Friday from 9:00 to 18:00, and on Saturdays until 14:00.",
    "Please tell me your customer number. You find it at the top right of every invoice.",
    "Thanks! I have found your account. One moment, please.",
    "That did not look like an e-mail address. Could you check it?",
    "You can return unworn items within 30 days — free of charge.",
    "Would you like to talk to one of my colleagues?",
    "Great, your appointment is confirmed. We look forward to seeing you 🙂",
    "I did not quite get that. You can ask me about orders, returns and opening hours.",
    "The refund goes to the card you paid with and takes three to five days.",
    "Is there anything else I can do for you?",
];

pub(super) const LABELS: [&str; 10] = [
    "Greet customer",
    "Ask for order number",
    "Tell delivery date",
    "Apologise",
    "Look up account",
    "Offer handover",
    "Confirm",
    "Validate input",
    "Explain returns",
    "Anything else?",
];

pub(super) const INTENTS: [&str; 10] = [
    "OrderStatus",
    "ReturnItem",
    "OpeningHours",
    "TalkToAgent",
    "CancelOrder",
    "ChangeAddress",
    "Greeting",
    "Goodbye",
    "PaymentProblem",
    "Complaint",
];

pub(super) const SENTENCES: [&str; 12] = [
    "where is my order",
    "has my parcel been shipped yet",
    "I want to send something back",
    "when are you open",
    "can I talk to a human",
    "please cancel my order",
    "I moved to a new address",
    "my card was declined",
    "this is not what I ordered",
    "how long does delivery take",
    "I need a copy of my invoice",
    "do you ship to Norway",
];

pub(super) const LEXICONS: [&str; 6] =
    ["Products", "Cities", "Payment methods", "Colours", "Sizes", "Brands"];

/// Main keyphrases and their synonyms.
pub(super) const KEYPHRASES: [(&str, &[&str]); 12] = [
    ("sneakers", &["trainers", "running shoes"]),
    ("jacket", &["coat", "parka", "anorak"]),
    ("Köln", &["Cologne", "Koeln"]),
    ("credit card", &["visa", "mastercard"]),
    ("T-shirt", &["tee", "tshirt"]),
    ("12\" record", &["vinyl, 12 inch"]),
    ("backpack", &["rucksack"]),
    ("invoice", &["bill"]),
    ("navy blue", &[]),
    ("München", &["Munich", "Muenchen"]),
    ("jeans", &["denim", "trousers"]),
    ("hoodie", &["sweatshirt"]),
];

pub(super) const ENDPOINTS: [(&str, &str); 10] = [
    ("Facebook page", "facebook"),
    ("CRM webhook", "rest"),
    ("Website chat", "webchat3"),
    ("Hotline", "voiceGateway2"),
    ("SMS", "twilio-sms"),
    ("Staging webchat", "webchat3"),
    ("Service REST", "rest"),
    ("Teams", "microsoftTeams"),
    ("WhatsApp", "whatsapp"),
    ("Slack #support", "slack"),
];

pub(super) const AGENTS: [&str; 4] = ["Ava (service)", "Ben (returns)", "Cleo (sales)", "Dana (night shift)"];

pub(super) const CODE: &str = r#"// Looks at the last order and decides what may be offered.
const order = input.order || {};
const days = (Date.now() - Date.parse(order.shippedAt)) / 86400000;

if (!order.id) {
    context.missing = ["order"];
} else if (days > 30) {
    context.returnable = false;
    context.reason = `shipped ${Math.floor(days)} days ago`;
} else {
    context.returnable = true;
    context.items = order.items
        .filter((item: any) => !item.final)
        .map((item: any) => ({ sku: item.sku, name: item.name, price: item.price }));
}

api.log("info", JSON.stringify({ order: order.id, returnable: context.returnable }));
"#;

pub(super) const TRANSFORMER: &str = r#"createRestTransformer({
    handleInput: async ({ endpoint, payload }: any) => {
        const { userId, sessionId, text, data } = payload;
        return { userId, sessionId, text: (text || "").trim(), data };
    },
    handleOutput: async ({ processedOutput }: any) => {
        return processedOutput;
    }
});
"#;

/// Names for the documents of a kind. Tokens and extensions have stricter ones than the others.
pub(super) fn documents(kind: Collection) -> &'static [&'static str] {
    match kind {
        Collection::Functions => &["Price of an order", "Nightly clean-up"],
        Collection::Connections => &["CRM login", "OpenAI (service)"],
        Collection::NluConnectors => &["Watson", "Watson (old)"],
        Collection::Playbooks => &["Order status: smoke test", "Returns"],
        Collection::Extensions => &["warehouse", "loyalty-points"],
        Collection::Tokens => &["Order number", "First name"],
        Collection::LargeLanguageModels => &["GPT for answers", "GPT for intents"],
        Collection::Goals => &["Order found", "Return announced"],
        Collection::CopilotConfigs => &["Service desk grid", "Sales grid"],
        Collection::HandoverProviders => &["Salesforce (EU)", "Salesforce (US)"],
    }
}

pub(super) const STATES: [&str; 3] = ["default", "checkout", "after hours"];

pub(super) const SLOT_FILLERS: [&str; 3] = ["Order number", "Postcode", "Customer number"];

pub(super) const STORES: [&str; 3] = ["Help pages", "Product manuals", "Terms & conditions"];

pub(super) const SOURCES: [&str; 2] = ["Frequently asked questions", "Delivery"];

/// Sentences for yes, no and neither.
pub(super) const YES_NO: [[&str; 2]; 3] =
    [["yes please", "that is right"], ["no thanks", "not at all"], ["I do not know", "maybe later"]];

pub(super) const FUNCTION: &str = r#"// Adds up what an order costs.
export default async ({ parameters, api }: any) => {
    const total = parameters.items.reduce((sum: any, item: any) => sum + item.price, 0);
    api.inject({ userId: parameters.userId, sessionId: parameters.sessionId, data: { total } });
};
"#;

pub(super) const NLU_TRANSFORMER: &str = r#"createNluTransformer({
    preNluTransformer: async ({ text, data, language }: any) => {
        return { text: text.toLowerCase(), data, language };
    }
});
"#;

/// The name at `index`, with a number behind it once the list has been used up.
pub(super) fn name(list: &[&str], index: usize) -> String {
    match index / list.len() {
        0 => list[index].to_owned(),
        round => format!("{} {}", list[index % list.len()], round + 1),
    }
}
