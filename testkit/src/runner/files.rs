//! The grammar of the runner's file commands (`GITHUB_OUTPUT`, `GITHUB_STATE`, `GITHUB_ENV`): `NAME=VALUE`, or
//! `NAME<<DELIMITER`, the value's lines, and the delimiter alone on a line.

use std::collections::BTreeMap;

/// Reads a file of names and values; `Err` is what the runner says before it fails the step.
pub fn parse_file_command(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = text;
    while let Some(line) = next_line(&mut rest) {
        if line.is_empty() {
            continue;
        }
        let (name, value) = match (line.find('='), line.find("<<")) {
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                let name = &line[..equals];
                if name.is_empty() {
                    return Err(format!("Invalid format '{line}'. Name must not be empty"));
                }
                (name, line[equals + 1..].to_owned())
            }
            (_, Some(heredoc)) => {
                let (name, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                if name.is_empty() || delimiter.is_empty() {
                    return Err(format!(
                        "Invalid format '{line}'. Name must not be empty and delimiter must not be empty"
                    ));
                }
                (name, heredoc_value(&mut rest, delimiter)?)
            }
            _ => return Err(format!("Invalid format '{line}'")),
        };
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

fn heredoc_value(rest: &mut &str, delimiter: &str) -> Result<String, String> {
    let mut lines = Vec::new();
    while let Some(line) = next_line(rest) {
        if line == delimiter {
            return Ok(lines.join("\n"));
        }
        lines.push(line);
    }
    Err(format!("Invalid value. Matching delimiter not found '{delimiter}'"))
}

/// A line without its line feed; a carriage return stays, as on a Linux runner.
fn next_line<'a>(rest: &mut &'a str) -> Option<&'a str> {
    if rest.is_empty() {
        return None;
    }
    let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
    *rest = after;
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_runner_reads_them() {
        let text =
            "a=1\n\nb=x=y\nc=<<no heredoc\nd<<END\none\n\nEND of\nEND\ne<<E=F\nv\nE=F\nempty<<X\nX\nlast=z";
        let values = parse_file_command(text).unwrap();
        let expected = [
            ("a", "1"),
            ("b", "x=y"),
            ("c", "<<no heredoc"),
            ("d", "one\n\nEND of"),
            ("e", "v"),
            ("empty", ""),
            ("last", "z"),
        ];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(parse_file_command("a=1\na=2\n").unwrap()["a"], "2");
    }

    #[test]
    fn malformed_files_fail_the_step() {
        for (text, said) in [
            ("just text\n", "Invalid format 'just text'"),
            ("=x\n", "Invalid format '=x'. Name must not be empty"),
            ("<<E\nE\n", "Name must not be empty and delimiter"),
            ("a<<\nx\n", "Name must not be empty and delimiter"),
            ("a<<E\nx\nE \n", "Matching delimiter not found 'E'"),
            ("a<<E\nx\nE\r\n", "Matching delimiter not found 'E'"),
            ("a<<E", "Matching delimiter not found 'E'"),
        ] {
            let error = parse_file_command(text).unwrap_err();
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
