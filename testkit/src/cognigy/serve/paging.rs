//! Lists: `limit`, `skip`, cursors, `sort`, `filter` (dossier §1.5).

use super::ask::{Ask, Reply};
use fastrand::Rng;
use serde_json::{Value, json};

/// Something a list may hold.
pub(crate) trait Listed {
    fn id(&self) -> &str;
    /// The name `filter` looks in and `sort=name` orders by.
    fn name(&self) -> &str;
    /// (`createdAt`, `lastChanged`), zero where the list shows no times; both are the `timestamp` of an event.
    fn times(&self) -> (i64, i64) {
        (0, 0)
    }
    /// What `sort=order` orders by.
    fn place(&self) -> i64 {
        0
    }
}

/// One page of `items`, each made into JSON only if it is on it.
pub(crate) fn page<'a, T: Listed + 'a>(
    ask: &Ask,
    items: impl IntoIterator<Item = &'a T>,
    render: impl Fn(&'a T) -> Value,
) -> Result<Value, Reply> {
    let limit = limit(ask)?;
    let found = ordered(ask, items);
    let at = |cursor: &str| found.iter().position(|item| item.id() == cursor);
    let (from, to) = match (ask.query.get("next"), ask.query.get("previous"), ask.query.get("skip")) {
        (Some(next), _, _) => {
            let from = at(next).ok_or_else(|| Reply::invalid("next is not a cursor of this list"))? + 1;
            (from, from + limit)
        }
        (None, Some(previous), _) => {
            let to = at(previous).ok_or_else(|| Reply::invalid("previous is not a cursor of this list"))?;
            (to.saturating_sub(limit), to)
        }
        (None, None, skip) => {
            let skip: usize = skip
                .unwrap_or("0")
                .parse()
                .map_err(|_| Reply::invalid("skip must be a number that is not negative"))?;
            (skip, skip.saturating_add(limit))
        }
    };
    let (from, to) = (from.min(found.len()), to.min(found.len()));
    let shown = &found[from..to];
    let next = shown.last().filter(|_| to < found.len()).map(|item| item.id());
    let previous = shown.first().filter(|_| from > 0).map(|item| item.id());
    let (next_name, previous_name) =
        if ask.switches.old_cursor_names { ("next", "previous") } else { ("nextCursor", "previousCursor") };
    let rows: Vec<Value> = shown.iter().map(|item| render(item)).collect();
    Ok(json!({"items": rows, "total": found.len(), next_name: next, previous_name: previous}))
}

/// `items` as the query wants them: filtered, sorted, or in this read's own order.
pub(crate) fn ordered<'a, T: Listed + 'a>(ask: &Ask, items: impl IntoIterator<Item = &'a T>) -> Vec<&'a T> {
    let mut found: Vec<&T> = items.into_iter().collect();
    if let Some(filter) = ask.query.get("filter") {
        let filter = filter.to_lowercase();
        found.retain(|item| item.name().to_lowercase().contains(&filter));
    }
    match ask.query.get("sort") {
        Some(sort) => {
            for (field, order) in sort.split(',').rev().filter_map(|s| s.split_once(':')) {
                match field {
                    "name" | "label" => found.sort_by(|a, b| a.name().cmp(b.name())),
                    "order" => found.sort_by_key(|item| item.place()),
                    "createdAt" => found.sort_by_key(|item| item.times().0),
                    "lastChanged" | "timestamp" => found.sort_by_key(|item| item.times().1),
                    _ => found.sort_by(|a, b| a.id().cmp(b.id())),
                }
                if order == "desc" {
                    found.reverse();
                }
            }
        }
        None => {
            if let Some(seed) = ask.order {
                Rng::with_seed(seed).shuffle(&mut found);
            }
        }
    }
    found
}

fn limit(ask: &Ask) -> Result<usize, Reply> {
    let Some(text) = ask.query.get("limit") else { return Ok(25) };
    match text.parse::<usize>() {
        Ok(limit @ 1..=100) => Ok(limit),
        Ok(101..) if ask.switches.clamp_limit => Ok(100),
        _ => Err(Reply::invalid("limit must be a number from 1 to 100")),
    }
}
