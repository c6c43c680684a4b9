//! Reading a list to its end, while people may be editing it.
//!
//! Pages are asked for by `skip`, so what is created or deleted between two pages shifts everything behind it: an
//! item can come twice, or never. A repeated item and a changed `total` are the traces of that; where one is found,
//! the list is read again from its start, and after three readings in a row it is an error. What leaves no trace (one
//! deleted *and* one created between the same two pages) is seen by the next backup only.
//!
//! No server's mistake makes this loop forever: each page must bring at least one new item, or ends it.

use std::collections::HashSet;

use serde_json::Value;

use super::client::{Client, Question};
use super::{Error, ListProblem, wire};

/// The largest page that the API documents.
const PAGE: usize = 100;

/// How often a list is read before it counts as unsettled.
const READINGS: u32 = 3;

/// A list of a project is thousands of items at most; a million is a server that makes them up.
const MOST_ITEMS: usize = 1_000_000;

/// One page.
struct Page {
    items: Vec<Value>,
    /// How many the whole list has, where the server says it.
    total: Option<usize>,
}

/// How one reading of a list ended, if not in an error.
enum Reading {
    Whole(Vec<Value>),
    /// It changed meanwhile.
    Moved,
}

impl Client {
    /// Reads a whole list. Each item is an object with an `_id`, and no two have the same.
    pub(super) async fn list(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        let question = self.get(path, query)?;
        for _ in 0..READINGS {
            if let Reading::Whole(items) = self.read_list(&question).await? {
                return Ok(items);
            }
        }
        Err(problem(&question, ListProblem::Unsettled { tries: READINGS }))
    }

    async fn read_list(&self, question: &Question) -> Result<Reading, Error> {
        let mut items: Vec<Value> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut first_total = None;
        loop {
            let collected = items.len();
            let asked = question.page(PAGE, collected);
            let page = page(&asked.path(), self.ask(&asked).await?)?;
            if collected == 0 {
                first_total = page.total;
            } else if page.total != first_total {
                return Ok(Reading::Moved);
            }
            let came = page.items.len();
            if came == 0 {
                return match page.total {
                    Some(total) if total > collected => {
                        Err(problem(question, ListProblem::EndsEarly { collected, total }))
                    }
                    _ => Ok(Reading::Whole(items)),
                };
            }
            for item in page.items {
                if wire::id(&item).is_some_and(|id| seen.insert(id.to_owned())) {
                    items.push(item);
                }
            }
            let new = items.len() - collected;
            match page.total {
                // Without a total only an empty page is an end: a short one may be a server's smaller limit. And a
                // server that knows no pages sends the whole list each time.
                None if new == 0 => return Ok(Reading::Whole(items)),
                Some(_) if new == 0 => return Err(problem(question, ListProblem::Repeats { collected })),
                _ if new < came => return Ok(Reading::Moved),
                // More items than the total says make the total worthless: on to an empty page, as without one.
                Some(total) if items.len() == total => return Ok(Reading::Whole(items)),
                _ if items.len() > MOST_ITEMS => {
                    return Err(problem(question, ListProblem::Endless { collected: items.len() }));
                }
                _ => {}
            }
        }
    }
}

/// Takes a page apart: `{ items, total }` or, from some lists, a bare array.
fn page(path: &str, answer: Value) -> Result<Page, Error> {
    let shape = |problem: String| Error::Shape { path: path.to_owned(), problem };
    let (items, total) = match answer {
        Value::Array(items) => (items, None),
        Value::Object(mut page) => {
            let total =
                page.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
            match page.remove("items") {
                Some(Value::Array(items)) => (items, total),
                _ => return Err(shape("is not a list: it has no `items`".to_owned())),
            }
        }
        _ => return Err(shape("is not a list".to_owned())),
    };
    if let Some(at) = items.iter().position(|item| wire::id(item).is_none()) {
        return Err(shape(format!("is a list whose item {at} has no `_id`")));
    }
    Ok(Page { items, total })
}

fn problem(question: &Question, problem: ListProblem) -> Error {
    Error::List { path: question.path(), problem }
}
