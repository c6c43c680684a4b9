//! What the server computes from what people write: previews, transpiled code, hasError (dossier §2.4, §2.6).
//!
//! The rules are ours; only that such values exist, and that they follow the source, is the vendor's.

use serde_json::{Value, json};

/// Transpiled code: the same statements below the prologue a TypeScript compiler writes.
pub(crate) fn transpile(source: &str) -> String {
    let body: Vec<String> =
        source.lines().map(|line| line.replace(": any", "").replace("const ", "var ")).collect();
    format!(
        "\"use strict\";\nObject.defineProperty(exports, \"__esModule\", {{ value: true }});\n{}\n",
        body.join("\n")
    )
}

/// What the editor shows of a node.
pub(crate) fn preview(kind: &str, config: &Value) -> Value {
    let text = |pointer: &str| {
        let full = config.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        full.chars().take(80).collect::<String>()
    };
    match kind {
        "say" | "question" => json!(text("/say/text/0")),
        "if" => json!(text("/condition/condition")),
        "httpRequest" => json!(text("/url")),
        "goto" | "executeFlow" => json!(text("/flowNode/flow")),
        "addToContext" => json!(text("/key")),
        "aiAgentJob" | "aiAgentJobTool" => json!(text("/name")),
        _ => Value::Null,
    }
}

/// Brings the computed fields of a node's config in line with its source.
pub(crate) fn refresh(kind: &str, config: &mut Value) {
    if kind != "code" {
        return;
    }
    let code = config.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
    config["hasError"] = json!(code.matches('{').count() != code.matches('}').count());
    config["transpiled"] = json!(transpile(&code));
}
