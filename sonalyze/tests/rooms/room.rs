//! `sonalyze room check`, `show` and `new`.

use serde_json::{Value, json};

use crate::house::{House, office, t30_mid};

#[test]
fn rooms_are_checked_without_being_simulated() {
    let house = House::new();
    house.put_json("good.json", &office());
    let mut bad = office();
    bad["room"]["dimensions_m"] = json!([5.0, -4.0, 2.5]);
    bad["microphones"][0]["id"] = json!(7);
    house.put_json("bad.json", &bad);
    house.put("text.json", "hello");
    let said = house.run("room check good.json bad.json");
    assert_eq!(said.code, 4);
    let good =
        "good.json: can be simulated: a box of 5 x 4 x 2.5 m, 50.0 m³, 1 source, 1 microphone\n";
    assert_eq!(said.out, good);
    assert!(
        said.err.contains("bad.json cannot be simulated, 2 faults:"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("room.dimensions_m[1]: -4 is outside of 0.1 to 1000"),
        "{}",
        said.err
    );
    assert!(said.err.contains("microphones[0].id: "), "{}", said.err);
    assert_eq!(house.run("room check text.json good.json").code, 3);
    let quiet = house.done("room check good.json --quiet");
    assert_eq!((quiet.out, quiet.err), (String::new(), String::new()));
}

#[test]
fn the_apps_format_is_a_room_file_too() {
    let house = House::new();
    let model = json!({"room_model": {"rooms": [{"dimensions": {"width": 6, "depth": 4, "height": 3}}]},
        "sources": [{"id": "a", "position": {"x": 1, "y": 1.5, "z": 1}}]});
    house.put_json("app.json", &model);
    let said = house.done("room check app.json");
    assert!(
        said.out.contains("a box of 6 x 4 x 3 m, 72.0 m³"),
        "{}",
        said.out
    );
}

#[test]
fn a_room_is_shown_with_surfaces_places_and_formulas() {
    let house = House::new();
    let mut room = office();
    room["patches"] = json!([{"name": "door", "face": "west", "material": "wood_panel",
        "corners_m": [[0, 1, 0], [0, 2, 0], [0, 2, 2], [0, 1, 2]]}]);
    room["furniture"] =
        json!([{"type": "box", "min_m": [2.5, 1.0, 0.0], "max_m": [3.0, 2.0, 1.0]}]);
    house.put_json("r.json", &room);
    let said = house.done("room show r.json --plot plan.svg --json facts.json");
    let row = |name: &str| {
        said.out
            .lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap()
    };
    assert!(
        row("west").split_whitespace().nth(1) == Some("10.00"),
        "{}",
        said.out
    );
    assert!(
        row("door").split_whitespace().nth(1) == Some("2.00"),
        "{}",
        said.out
    );
    assert!(
        row("source lectern").ends_with("1.20  1.10  1.30"),
        "{}",
        said.out
    );
    assert!(
        row("1 kHz").split_whitespace().count() == 2 + 1 + 6,
        "{}",
        said.out
    );
    let facts = house.json("facts.json");
    let volume_m3 = facts["volume_m3"].as_f64().unwrap();
    assert!((volume_m3 - 49.5).abs() < 1e-9, "{volume_m3}");
    let furniture = facts["faces"].as_array().unwrap().iter();
    assert!(
        furniture
            .filter(|face| face["is_furniture"] == json!(true))
            .count()
            >= 5
    );
    let plan = house.text("plan.svg");
    assert!(
        plan.contains(">lectern<") && plan.contains(">furniture<"),
        "{plan}"
    );
    house.done("room show r.json --quiet --plot plan.png");
    assert!(house.bytes("plan.png").starts_with(b"\x89PNG"));
}

#[test]
fn formulas_of_a_plain_room_are_the_closed_ones() {
    let house = House::new();
    house.put_json("r.json", &office());
    let said = house.done("room show r.json --quiet --json -");
    let facts: Value = serde_json::from_str(&said.out).unwrap();
    let sabine_s = facts["predictions"]["sabine_s"][4].as_f64().unwrap();
    let expected_s = 24.0 * 10f64.ln() / 343.0 * 50.0 / (85.0 * 0.2);
    assert!(
        (sabine_s / expected_s - 1.0).abs() < 1e-9,
        "{sabine_s}, {expected_s}"
    );
}

#[test]
fn a_new_room_can_be_simulated_and_is_not_overwritten() {
    let house = House::new();
    let said = house.done("room new r.json --dimensions 6,5,3 --walls acoustic_panel");
    assert!(
        said.err.contains("sonalyze simulate r.json"),
        "{}",
        said.err
    );
    let made = house.json("r.json");
    assert_eq!(made["room"]["wall_materials"]["west"], "acoustic_panel");
    house.done("simulate r.json --quiet --rays 2000 --json o.json");
    let t30_s = t30_mid(&house.json("o.json"), 0);
    assert!((0.1..0.6).contains(&t30_s), "{t30_s} s");
    let then = house.run("room new r.json");
    assert_eq!(then.code, 2);
    assert!(
        then.err.contains("r.json exists") && then.err.contains("--force"),
        "{}",
        then.err
    );
    assert_eq!(house.json("r.json"), made);
    house.done("room new r.json --force --quiet");
    assert_ne!(house.json("r.json"), made);
    let printed = house.done("room new - --quiet").out;
    assert_eq!(
        serde_json::from_str::<Value>(&printed).unwrap()["room"]["type"],
        "shoebox"
    );
}

#[test]
fn a_new_room_of_what_is_not_there_is_refused() {
    let house = House::new();
    let said = house.run("room new r.json --floor carpet_thik --dimensions 5,4,0");
    assert_eq!(said.code, 4);
    assert!(said.err.contains("near it: carpet_thick"), "{}", said.err);
    assert!(said.err.contains("room.dimensions_m[2]"), "{}", said.err);
    assert!(!house.has("r.json"));
    let then = house.run("room new r.json --dimensions 5,4");
    assert_eq!(
        (then.code, then.err.contains("5,4,2.5")),
        (2, true),
        "{}",
        then.err
    );
}
