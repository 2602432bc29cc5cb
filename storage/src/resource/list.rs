//! `GET /v1/{entity}`: some rows, newest first.

use axum::extract::State;
use axum::response::Response;
use chassis::body::QueryObject;
use chassis::fields::{Fields, Read};
use chassis::problem::Problem;
use http::header::LINK;
use http::{HeaderName, HeaderValue};

use super::cursor::Cursor;
use super::{answer, deleted, store};
use crate::entity::{Cell, Entity, Listing, Row, filter_cells};
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Rows of a list where nothing is said.
pub(crate) const LIMIT: i64 = 100;

/// Most rows of a list: more are clamped.
pub(crate) const LIMIT_MAX: i64 = 500;

/// What a list is asked for.
#[derive(Debug)]
struct Asked {
    listing: Listing,
    /// Values of the filters, in order.
    filters: Vec<Cell>,
    limit: i64,
    offset: i64,
    cursor: Option<Cursor>,
    with_total: bool,
}

pub(super) async fn list(
    entity: &'static Entity,
    State(service): State<Storage>,
    query: QueryObject,
) -> Result<Response, Failure> {
    let asked = asked(entity, &query)?;
    let (pool, limit) = (service.pool(), asked.limit);
    // One more than asked tells whether there are more.
    let mut values = asked.filters.clone();
    values.push(Cell::Integer(Some(limit + 1)));
    match asked.cursor {
        Some(cursor) => {
            values.extend([Cell::Moment(Some(cursor.born)), Cell::Uuid(Some(cursor.id))]);
        }
        None => values.push(Cell::Integer(Some(asked.offset))),
    }
    let rows = store::list(pool, entity, asked.listing, &values);
    let mut rows = service.counted(Operation::EntityList, rows).await?;
    let is_more = rows.len() as u64 > limit.unsigned_abs();
    if is_more {
        rows.pop();
    }
    let mut response = answer::json(text(entity, &rows));
    if let (true, Some(last)) = (is_more, rows.last()) {
        let next = next(&query, Cursor::after(entity, last));
        response
            .headers_mut()
            .extend(HeaderValue::from_str(&next).ok().map(|value| (LINK, value)));
    }
    if asked.with_total {
        let total = store::count(pool, entity, asked.listing, &asked.filters);
        let total = service.counted(Operation::EntityList, total).await?;
        response
            .headers_mut()
            .insert(TOTAL, HeaderValue::from(total));
    }
    Ok(response)
}

fn asked(entity: &'static Entity, query: &QueryObject) -> Result<Asked, Problem> {
    let mut fields = query.fields();
    let limit = fields
        .optional_integer("limit", i64::MIN..=i64::MAX)
        .or(LIMIT);
    let offset = fields.optional_integer("offset", i64::MIN..=i64::MAX).or(0);
    let cursor = cursor(&mut fields);
    let ascending = ascending(entity, &mut fields);
    let with_total = with_total(&mut fields);
    let deleted = deleted(&mut fields);
    let filters: Vec<Read<Vec<Cell>>> = entity
        .filters()
        .map(|column| filter_cells(column, &mut fields))
        .collect();
    let values = both(
        (limit, offset, cursor, ascending, with_total, deleted),
        filters,
    );
    let ((asked_limit, skipped, after, is_ascending, is_counted, is_deleted), cells) =
        fields.finish(values)?;
    let used = cells.iter().enumerate().filter(|(_, own)| !own.is_empty());
    Ok(Asked {
        listing: Listing {
            filters: used.map(|(bit, _)| 1 << bit).sum(),
            ascending: is_ascending,
            by_cursor: after.is_some(),
            deleted: is_deleted && entity.hidden_by.is_some(),
        },
        filters: cells.into_iter().flatten().collect(),
        limit: asked_limit.clamp(1, LIMIT_MAX),
        offset: skipped.max(0),
        cursor: after,
        with_total: is_counted,
    })
}

/// Two parts of a query that are whole or not.
fn both<A: chassis::fields::Whole, B: chassis::fields::Whole>(
    a: A,
    b: B,
) -> (Read<A::Out>, Read<B::Out>) {
    (a.whole(), b.whole())
}

/// After which row, if a cursor is given; then no offset may be.
fn cursor(fields: &mut Fields<'_>) -> Read<Option<Cursor>> {
    if !fields.has("cursor") {
        return Read::of(None);
    }
    if fields.has("offset") {
        let msg = "Input should be given without 'offset': a cursor says where to go on";
        return fields.fault("cursor", "value_error", msg);
    }
    fields.value("cursor", |value| {
        let found = value.as_str().and_then(Cursor::parse);
        let msg = "Input should be the cursor of a header 'Link' of this list";
        found.map(Some).ok_or(("cursor", msg.to_owned()))
    })
}

fn ascending(entity: &Entity, fields: &mut Fields<'_>) -> Read<bool> {
    if !fields.has("sort") {
        return Read::of(false);
    }
    let born = entity.born;
    fields.value("sort", |value| match value.as_str() {
        Some(text) if text == born => Ok(true),
        Some(text) if text.strip_prefix('-') == Some(born) => Ok(false),
        _ => Err(("enum", format!("Input should be '{born}' or '-{born}'"))),
    })
}

fn with_total(fields: &mut Fields<'_>) -> Read<bool> {
    if !fields.has("count") {
        return Read::of(false);
    }
    fields.value("count", |value| match value.as_str() {
        Some("exact") => Ok(true),
        _ => Err(("enum", "Input should be 'exact'".to_owned())),
    })
}

fn text(entity: &Entity, rows: &[Row]) -> String {
    let mut out = String::with_capacity(256 * rows.len() + 2);
    out.push('[');
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        row.write(entity, &mut out);
    }
    out.push(']');
    out
}

/// The next page, relative to the address of this one.
fn next(query: &QueryObject, cursor: Cursor) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &query.0 {
        if let (false, Some(text)) = (matches!(name.as_str(), "cursor" | "offset"), value.as_str())
        {
            pairs.append_pair(name, text);
        }
    }
    pairs.append_pair("cursor", &cursor.text());
    format!("<?{}>; rel=\"next\"", pairs.finish())
}
