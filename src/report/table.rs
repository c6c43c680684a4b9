//! A table, for a terminal and for Markdown.

use super::escape::{cell, clip, visible};

/// Rows of short texts under a head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What it is about; may be empty.
    pub title: String,
    /// The columns.
    pub head: Vec<&'static str>,
    /// The rows, each as wide as the head.
    pub rows: Vec<Vec<String>>,
}

/// How many characters a cell has at most.
const WIDEST: usize = 120;

impl Table {
    /// Makes an empty one.
    #[must_use]
    pub fn new(title: impl Into<String>, head: &[&'static str]) -> Self {
        Self { title: title.into(), head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Returns the lines for a terminal: columns as wide as their widest cell, two blanks between.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let shown = |text: &String| visible(&clip(text.trim(), WIDEST));
        let head: Vec<String> = self.head.iter().map(|name| name.to_uppercase()).collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(shown).collect()).collect();
        let width = |at: usize| {
            let cells = std::iter::once(&head).chain(&rows).filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            harmless(padded.collect::<Vec<_>>().join("  ").trim_end())
        };
        let title = (!self.title.is_empty()).then(|| visible(&self.title));
        // Where no column has a name there is no head to show.
        let head = head.iter().any(|name| !name.is_empty()).then(|| line(&head));
        title.into_iter().chain(head).chain(rows.iter().map(line)).collect()
    }

    /// Returns the table in GitHub's Markdown, of at most so many rows.
    #[must_use]
    pub fn markdown(&self, most: usize) -> String {
        let title =
            if self.title.is_empty() { String::new() } else { format!("**{}**\n\n", cell(&self.title)) };
        let line = |cells: &mut dyn Iterator<Item = String>| {
            format!("|{}\n", cells.map(|cell| format!(" {cell} |")).collect::<String>())
        };
        let mut out = title + &line(&mut self.head.iter().map(|name| (*name).to_owned()));
        out += &line(&mut self.head.iter().map(|_| ":--".to_owned()));
        for row in self.rows.iter().take(most) {
            out += &line(&mut row.iter().map(|text| cell(&clip(text.trim(), WIDEST))));
        }
        if self.rows.len() > most {
            out += &format!("\n… and {} more, see the report file\n", self.rows.len() - most);
        }
        out + "\n"
    }
}

/// Keeps a line from being a command: the runner takes one that begins like this, blanks before it or not, for its own.
fn harmless(line: &str) -> String {
    let begins = line.trim_start();
    let is_command = begins.starts_with("::") || begins.starts_with("##[");
    if is_command { format!("| {line}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_even_and_hides_nothing() {
        let mut table = Table::new("Snapshots", &["snapshot", "tier"]);
        table.row(["ü".to_owned(), "hourly | daily".to_owned()]);
        table.row(["longer\u{1b}[31m".to_owned(), "x".to_owned()]);
        insta::assert_snapshot!(table.lines().join("\n"), @r"
        Snapshots
        SNAPSHOT          TIER
        ü                 hourly | daily
        longer\u{1b}[31m  x
        ");
        insta::assert_snapshot!(table.markdown(1), @"
        **`Snapshots`**

        | snapshot | tier |
        | :-- | :-- |
        | `ü` | hourly &#124; daily |

        … and 1 more, see the report file
        ");
    }
}
