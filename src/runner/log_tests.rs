//! The log, as the runner and a terminal see it.

use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use secrecy::SecretString;

use super::command::grammar::{commands, overlooked};
use super::{Log, Mode};

/// A stream that keeps what was written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Returns what `write` writes to stdout and to stderr.
fn streams(mode: Mode, write: impl FnOnce(&Log)) -> (String, String) {
    let (out, err) = (Kept::default(), Kept::default());
    write(&Log::new(mode, Box::new(out.clone()), Box::new(err.clone())));
    (out.text(), err.text())
}

fn everything(log: &Log) {
    log.mask(&SecretString::from("s3cret%\nline"));
    log.group("Reading s3cret%");
    log.line("a line\n::error::no, a name");
    log.end_group();
    log.notice("a, b: c", "50%\nof s3cret%");
    log.warning("w", "x");
    log.error("e", "##[add-path]/x");
    log.print("result\n");
    log.finish();
}

#[test]
fn on_github_all_is_on_stdout_in_order() {
    let (out, err) = streams(Mode::Actions, everything);
    assert_eq!(err, "");
    let after_masks = &out[out.find("::group::").unwrap()..];
    assert!(
        out.lines()
            .take_while(|line| *line != "::group::Reading ***")
            .all(|line| line.starts_with("::add-mask::"))
    );
    insta::assert_snapshot!(after_masks, @r"
    ::group::Reading ***
    a ***
    :\:error::no, a name
    ::endgroup::
    ::notice title=a%2C b%3A c::50%25%0Aof ***
    ::warning title=w::x
    ::error title=e::##\[add-path]/x
    result
    ");
}

#[test]
fn at_a_terminal_only_results_are_on_stdout() {
    let (out, err) = streams(Mode::Terminal, everything);
    assert_eq!(out, "result\n");
    insta::assert_snapshot!(err, @r"
    Reading ***
    a ***
    :\:error::no, a name
    notice: a, b: c: 50%
    of ***
    warning: w: x
    error: e: ##\[add-path]/x
    ");
    assert_eq!(streams(Mode::Plain, everything), (out, err));
    let (out, err) = streams(Mode::Quiet, everything);
    assert_eq!((out.as_str(), err.as_str()), ("result\n", "warning: w: x\nerror: e: ##\\[add-path]/x\n"));
}

#[test]
fn every_form_and_line_of_a_secret_is_masked_once() {
    let (out, _) = streams(Mode::Actions, |log| {
        log.mask(&SecretString::from("first line\nsecond line\n"));
        log.mask(&SecretString::from("first line\nsecond line\n"));
        log.mask(&SecretString::from(""));
    });
    let masked: Vec<_> = commands(&out).into_iter().map(|command| command.data).collect();
    for form in ["first line\nsecond line\n", "first line", "second line", "first%20line%0Asecond%20line"] {
        assert_eq!(masked.iter().filter(|data| *data == form).count(), 1, "{form:?} in {masked:?}");
    }
    assert_eq!(commands(&out).iter().filter(|command| command.name != "add-mask").count(), 0);
}

#[test]
fn the_tenth_annotation_says_how_many_more() {
    let said = |n: usize| {
        let (out, _) = streams(Mode::Actions, |log| {
            for at in 1..=n {
                log.warning("t", &format!("warning {at}"));
            }
            log.error("t", "one error");
            log.finish();
        });
        let lines = out.lines().filter(|line| line.contains("warning ")).count();
        let warnings: Vec<_> = commands(&out).into_iter().filter(|c| c.name == "warning").collect();
        (lines, warnings.len(), warnings.last().unwrap().properties[0].1.clone())
    };
    assert_eq!(said(9), (9, 9, "t".to_owned()));
    assert_eq!(said(10).1, 10);
    assert_eq!(said(10).2, "t");
    let (lines, warnings, last) = said(30);
    assert_eq!((warnings, last.as_str()), (10, "21 more warnings"));
    assert!(lines >= 30);
}

proptest! {
    #[test]
    fn no_text_becomes_a_command_or_shows_a_secret(
        text in prop_oneof![".*", "[:#\\[\\]a \r\n\u{200b}]*"], secret in "[A-Z]{5,8}"
    ) {
        for mode in [Mode::Actions, Mode::Terminal] {
            let text = format!("{text}{secret}{text}");
            let (out, err) = streams(mode, |log| {
                log.mask(&SecretString::from(secret.as_str()));
                log.line(&text);
                log.group(&text);
                log.error(&text, &text);
                log.print(&text);
                log.finish();
            });
            let ours = ["add-mask", "group", "endgroup", "error"];
            let found = commands(&out);
            prop_assert!(found.iter().all(|command| ours.contains(&command.name.as_str())), "{}", out);
            prop_assert_eq!(found.iter().filter(|command| command.name != "add-mask").count(),
                if mode == Mode::Actions { 3 } else { 0 });
            prop_assert_eq!(commands(&overlooked(&err)), []);
            let unmasked = out.lines().filter(|line| !line.starts_with("::add-mask::"));
            prop_assert!(unmasked.chain(err.lines()).all(|line| !line.contains(&secret)));
        }
    }
}

#[test]
fn lines_of_several_are_told_apart_and_command_nothing() {
    let speak = |log: &Log| {
        log.mask(&SecretString::from("s3cret"));
        let (a, b) = (log.labelled("c/a.json"), log.labelled("::error::\r\n##[b] s3cret"));
        a.group("Reading");
        b.line("one\r::stop-commands::x\n##[group]two s3cret");
        a.end_group();
        log.line("of all");
    };
    let (out, _) = streams(Mode::Actions, speak);
    insta::assert_snapshot!(out, @r"
    ::add-mask::s3cret
    ::add-mask::czNjcmV0
    ::add-mask::eC1hY2Nlc3MtdG9rZW46czNjcmV0
    c/a.json: Reading
    :\:error::\r\n##\[b] ***: one
    :\:error::\r\n##\[b] ***: :\:stop-commands::x
    :\:error::\r\n##\[b] ***: ##\[group]two ***
    of all
    ");
    assert!(commands(&overlooked(&out)).iter().all(|command| command.name == "add-mask"));
    let (_, err) = streams(Mode::Plain, speak);
    assert!(out.ends_with(&err) && err.starts_with("c/a.json: Reading\n"), "{err}");
}
