//! `sonalyze materials`: listed, found by words, shown with their source.

use serde_json::Value;

use crate::house::House;

#[test]
fn all_are_listed_and_kinds_apart() {
    let house = House::new();
    let all: Value = serde_json::from_str(&house.done("materials list --json").out).unwrap();
    let count = all.as_array().unwrap().len();
    assert_eq!(count, simulation::catalog::all().len());
    assert_eq!(all[0]["id"], "concrete");
    let text = house.done("materials list").out;
    assert!(text.contains(&format!("{count} materials")), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    let carpets = house.done("materials list --kind carpet").out;
    assert!(
        carpets.lines().count() > 5 && carpets.lines().count() < 60,
        "{carpets}"
    );
    let said = house.run("materials list --kind carpets");
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("there are audience, carpet, "),
        "{}",
        said.err
    );
}

#[test]
fn words_find_ids_names_and_kinds() {
    let house = House::new();
    let found = house.done("materials search Plasterboard 13mm").out;
    assert!(found.contains("plasterboard_13mm_empty_cavity"), "{found}");
    assert!(!found.contains("plasterboard_9mm_empty_cavity"), "{found}");
    let said = house.run("materials search carpit");
    assert_eq!(said.code, 1);
    assert!(said.err.contains("near it: carpet"), "{}", said.err);
}

#[test]
fn a_material_is_shown_with_its_source() {
    let house = House::new();
    let shown = house.done("materials show brickwork_rendered concrete").out;
    let row = shown
        .lines()
        .find(|line| line.starts_with("absorption "))
        .unwrap();
    assert!(
        row.split_whitespace()
            .skip(1)
            .take(4)
            .eq(["0.01", "0.02", "0.02", "0.03"]),
        "{shown}"
    );
    for part in [
        "source: Michael Vorländer",
        "mounting: ",
        "estimate by the class",
        "no source",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let said = house.run("materials show brickwork_rendred concrete");
    assert_eq!(said.code, 4);
    assert!(
        said.err
            .contains("\"brickwork_rendred\"; near it: brickwork_rendered"),
        "{}",
        said.err
    );
}
