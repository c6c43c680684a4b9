//! Lists: read to the end, and not fooled.

use super::*;
use crate::cognigy::{Error, ListProblem};
use crate::http::testing::Request;
use crate::snapshot::Kind;

/// Serves pages of `items(n)` for the `n`th request, honouring skip and at most `most` a page.
async fn paged(
    most: usize,
    with_total: bool,
    items: impl Fn(usize) -> Vec<Value> + Send + Sync + 'static,
) -> Server {
    Server::start(move |n, request| {
        let items = items(n);
        Reply::json(200, &page(&items, request, most, with_total))
    })
    .await
}

fn page(items: &[Value], request: &Request, most: usize, with_total: bool) -> Value {
    let limit = request.number("limit").unwrap().min(most);
    let skip = request.number("skip").unwrap();
    let part: Vec<_> = items.iter().skip(skip).take(limit).cloned().collect();
    match with_total {
        true => json!({ "items": part, "total": items.len(), "nextCursor": null, "previousCursor": null }),
        false => json!({ "items": part }),
    }
}

async fn names(server: &Server) -> Result<Vec<String>, Error> {
    let items = client(server).list_of(Kind::Flows, "").await?;
    Ok(items.iter().map(|item| item["_id"].as_str().unwrap().to_owned()).collect())
}

fn expected(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("id{n}")).collect()
}

fn list_problem(result: Result<Vec<String>, Error>) -> ListProblem {
    match result {
        Err(Error::List { problem, path }) if path == "/new/v2.0/flows" => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn are_read_to_the_end_whatever_the_page_size() {
    for (count, most, with_total, requests) in [
        (0, 100, true, 1),
        (99, 100, true, 1),
        (100, 100, true, 1),
        (101, 100, true, 2),
        (250, 100, true, 3),
        // A smaller limit than asked for.
        (60, 25, true, 3),
        (60, 25, false, 4),
        (0, 100, false, 1),
        (100, 100, false, 2),
    ] {
        let server = paged(most, with_total, move |_| (0..count).map(item).collect()).await;
        assert_eq!(names(&server).await.unwrap(), expected(count), "{count} {most} {with_total}");
        assert_eq!(server.seen().len(), requests, "{count} {most} {with_total}");
    }
}

#[tokio::test]
async fn may_be_bare_arrays_with_or_without_pages() {
    for count in [0, 30, 100, 230] {
        let items: Vec<_> = (0..count).map(item).collect();
        let server = always(Reply::json(200, &Value::Array(items))).await;
        assert_eq!(names(&server).await.unwrap(), expected(count));
    }
    let server = Server::start(|_, request| {
        let items: Vec<_> = (0..130).map(item).collect();
        Reply::json(200, &page(&items, request, 100, false)["items"])
    })
    .await;
    assert_eq!(names(&server).await.unwrap(), expected(130));
}

#[tokio::test]
async fn that_shrink_or_grow_meanwhile_are_read_again() {
    for (before, after) in [(150, 140), (140, 150), (150, 60)] {
        let server =
            paged(100, true, move |n| (0..if n == 0 { before } else { after }).map(item).collect()).await;
        assert_eq!(names(&server).await.unwrap(), expected(after), "{before} {after}");
    }
    // One created in front and one deleted behind: the total stays, an item comes twice.
    let server =
        paged(
            100,
            true,
            |n| if n == 0 { (1..151).map(item).collect() } else { (0..150).map(item).collect() },
        );
    assert_eq!(names(&server.await).await.unwrap(), expected(150));
}

#[tokio::test]
async fn that_never_hold_still_are_an_error() {
    let server = paged(100, true, |n| (0..150 + n).map(item).collect()).await;
    assert_eq!(list_problem(names(&server).await), ListProblem::Unsettled { tries: 3 });
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn that_end_early_or_repeat_are_an_error() {
    let server = Server::start(|_, request| {
        let items = if request.number("skip") == Some(0) { (0..100).map(item).collect() } else { vec![] };
        Reply::json(200, &json!({ "items": items, "total": 250 }))
    })
    .await;
    assert_eq!(list_problem(names(&server).await), ListProblem::EndsEarly { collected: 100, total: 250 });

    let items: Vec<_> = (0..100).map(item).collect();
    let server = always(Reply::json(200, &json!({ "items": items, "total": 250 }))).await;
    assert_eq!(list_problem(names(&server).await), ListProblem::Repeats { collected: 100 });
}

#[tokio::test]
async fn with_a_total_that_is_too_small_are_read_on() {
    let server = Server::start(|_, request| {
        let items: Vec<_> = (0..150).map(item).collect();
        let mut page = page(&items, request, 100, true);
        page["total"] = json!(25);
        Reply::json(200, &page)
    })
    .await;
    assert_eq!(names(&server).await.unwrap(), expected(150));
}

#[tokio::test]
async fn need_items_with_ids() {
    for bad in
        [json!({ "items": [{ "_id": 7 }] }), json!([{ "name": "x" }]), json!([3]), json!({}), json!("x")]
    {
        let server = always(Reply::json(200, &bad)).await;
        assert!(matches!(names(&server).await, Err(Error::Shape { .. })), "{bad}");
    }
}
