//! Keeps a summary under the size at which GitHub drops the whole of it.
//!
//! The runner refuses a step's summary over 1 MiB, with an error annotation and no summary at all. So sections are
//! dropped by priority until the text fits, and whatever still does not fit is cut at a line, with open code blocks
//! and `<details>` closed, and a sentence that says so.

/// How large a summary may be, in bytes: under 900 KiB, which leaves room for what else the step writes.
pub const SUMMARY_BUDGET: usize = 900 * 1024 - 1;

const CUT: &str = "\n**Cut here for its size: see the report file.**\n";

/// A piece of a summary. Sections of a higher number go first when there is no room.
pub(super) struct Section {
    pub(super) priority: u8,
    pub(super) text: String,
}

/// Joins the sections that fit into `budget` bytes, in order. The least important go first, and it says so.
pub(super) fn fit(mut sections: Vec<Section>, budget: usize) -> String {
    let mut size: usize = sections.iter().map(|section| section.text.len()).sum();
    let mut dropped = false;
    while size + CUT.len() > budget {
        // Priority 0 is the verdict and the reason: rather cut than dropped.
        let last =
            sections.iter().enumerate().filter(|(_, s)| s.priority > 0).max_by_key(|(_, s)| s.priority);
        let Some((at, _)) = last else { break };
        size -= sections.remove(at).text.len();
        dropped = true;
    }
    let text: String = sections.into_iter().map(|section| section.text).collect();
    let text = if dropped { text + CUT } else { text };
    cut(&text, budget).into_owned()
}

/// Cuts a summary to at most `budget` bytes, at the end of a line, and closes what is open there.
#[must_use]
pub fn cut(text: &str, budget: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= budget {
        return text.into();
    }
    let mut kept = text;
    let mut room = budget;
    loop {
        let end = kept.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= room).last();
        kept = &kept[..end.unwrap_or(0)];
        // A line is kept whole or not at all; a text of one huge line is cut inside it.
        kept = kept.rfind('\n').map_or(kept, |at| &kept[..=at]);
        let tail = closing(kept) + CUT;
        if kept.len() + tail.len() <= budget {
            return format!("{kept}{tail}").into();
        }
        if kept.is_empty() {
            return "".into();
        }
        room = budget.saturating_sub(tail.len()).min(kept.len() - 1);
    }
}

/// Returns what closes the code block and the `<details>` that are open at the end of `text`.
fn closing(text: &str) -> String {
    let (mut fence, mut details) = (None::<&str>, 0_usize);
    for line in text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None if line.starts_with("<details>") => details += 1,
            None if line.starts_with("</details>") => details = details.saturating_sub(1),
            None => {}
        }
    }
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let fence = fence.map(|fence| format!("{fence}\n")).unwrap_or_default();
    format!("{newline}{fence}{}", "\n</details>\n".repeat(details))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_open_at_the_cut_is_closed() {
        let text = format!("a\n<details>\n\n````diff\n{}````\n\n</details>\n", "+ x\n".repeat(100));
        let short = cut(&text, 120);
        assert_eq!(
            short,
            format!(
                "a\n<details>\n\n````diff\n{}````\n\n</details>\n{CUT}",
                "+ x\n".repeat(short.matches("+ x").count())
            )
        );
        assert!((100..=120).contains(&short.len()));
    }

    #[test]
    fn the_least_important_goes_first() {
        let section = |priority, text: &str| Section { priority, text: text.to_owned() };
        let text =
            fit(vec![section(0, "verdict\n"), section(9, &"f".repeat(100)), section(1, "facts\n")], 80);
        assert_eq!(text, format!("verdict\nfacts\n{CUT}"));
    }

    proptest! {
        #[test]
        fn a_cut_keeps_its_budget(text in "(.|\n|```\n|<details>\n){0,200}", budget in 0_usize..300) {
            let short = cut(&text, budget);
            prop_assert!(short.len() <= budget);
            prop_assert!(text.len() > budget || short == text);
        }
    }
}
