//! The schemas of an entity, made from its columns: a row, the body of a creation, that of a change, and many at once.

use serde_json::{Value, json};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};

use super::shape::{
    Shape, integer, list, named, null, of, or_null, shown, taken, text, uuid, word,
};
use crate::entity::{Column, Create, Entity, Kind};
use crate::resource::ITEMS_MAX;

/// The name of an entity in names of schemas: `AnalysisOutput`.
pub(super) fn name_of(entity: &Entity) -> String {
    let words = entity.name.split(' ').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.collect()
}

/// Its schemas by their names.
pub(super) fn of_entity(entity: &Entity) -> [(String, Shape); 5] {
    let name = name_of(entity);
    [
        (format!("New{name}"), creation(entity).into()),
        (format!("{name}Change"), change(entity).into()),
        (format!("{name}Batch"), batch(entity).into()),
        (format!("{name}BatchAnswer"), batch_answer(entity)),
        (name, row(entity).into()),
    ]
}

fn row(entity: &Entity) -> ObjectBuilder {
    let first = of(Type::Object).property("id", uuid()).required("id");
    entity.columns.iter().fold(first, |row, column| {
        let shape = if column.nullable {
            or_null(shown(column.kind))
        } else {
            shown(column.kind)
        };
        row.property(column.name, shape).required(column.name)
    })
}

fn creation(entity: &Entity) -> ObjectBuilder {
    let body = of(Type::Object).description(Some("Other fields are ignored."));
    entity
        .columns
        .iter()
        .fold(body, |body, column| match column.create {
            Create::Now | Create::Null => body,
            Create::Required => body
                .property(column.name, taken(column.kind))
                .required(column.name),
            Create::OrNull | Create::Or(_) | Create::OrEmpty | Create::OrCode => {
                let body = body.property(column.name, optional(column));
                match column.alias {
                    Some(alias) => body.property(alias, or_null(taken(column.kind))),
                    None => body,
                }
            }
        })
}

/// What may be left out of a creation, or be null there.
fn optional(column: &Column) -> Shape {
    let shape = match (column.create, column.kind) {
        (Create::OrCode, Kind::Text(_, most)) => text(0, most).into(),
        _ => taken(column.kind),
    };
    let either = AnyOfBuilder::new().item(shape).item(null());
    match column.create {
        Create::Or(preset) => either.default(Some(Value::from(preset))).into(),
        Create::OrEmpty => either.default(Some(json!({}))).into(),
        Create::OrCode => {
            let text = "Six characters are chosen where it is absent, null or blank.";
            either.description(Some(text)).into()
        }
        Create::Required | Create::OrNull | Create::Now | Create::Null => either.into(),
    }
}

fn change(entity: &Entity) -> ObjectBuilder {
    let text = "What is named changes, null clears; other fields are ignored.";
    let body = of(Type::Object).description(Some(text));
    entity.changeable().fold(body, |body, column| {
        let shape = || {
            if column.nullable {
                or_null(taken(column.kind))
            } else {
                taken(column.kind)
            }
        };
        let body = body.property(column.name, shape());
        match column.alias {
            Some(alias) => body.property(alias, shape()),
            None => body,
        }
    })
}

fn batch(entity: &Entity) -> ObjectBuilder {
    let items = list(named(&format!("New{}", name_of(entity))))
        .min_items(Some(1))
        .max_items(Some(ITEMS_MAX));
    let mode = word(["all", "partial"]).default(Some(Value::from("all")));
    of(Type::Object)
        .property("items", items)
        .required("items")
        .property("mode", mode)
}

/// Rows, or with the mode `partial` the fate of each.
fn batch_answer(entity: &Entity) -> Shape {
    let fate = of(Type::Object)
        .property("status", integer(200, 599))
        .required("status")
        .property("body", named(&name_of(entity)))
        .property("problem", named("Problem"));
    let of_items = |items: Shape| {
        of(Type::Object)
            .property("items", list(items))
            .required("items")
    };
    AnyOfBuilder::new()
        .item(of_items(named(&name_of(entity))))
        .item(of_items(fate.into()))
        .into()
}
