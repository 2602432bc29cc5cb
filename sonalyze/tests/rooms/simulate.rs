//! `sonalyze simulate`: results, what they hold, and refusals.

use audio_file::{DecodedAudio, Limits};
use serde_json::json;

use crate::house::{House, number, office, rows, seats, t30_mid};

#[test]
fn the_known_room_has_its_reverberation_time() {
    let house = House::new();
    house.put_json("office.json", &office());
    let said = house.done("simulate office.json --json o.json");
    assert!(
        said.err.is_empty(),
        "no progress where there is no terminal: {}",
        said.err
    );
    assert!(
        said.out
            .starts_with("office.json  50.0 m³, 85.0 m² of surface, 16000 Hz\n"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("lectern to seat  2.89 m\n"),
        "{}",
        said.out
    );
    let document = house.json("o.json");
    assert_eq!(document["schema"], "sonalyze.simulation/1");
    assert_eq!(document["method"], "hybrid");
    let t30_s = t30_mid(&document, 0);
    assert!((t30_s / 0.534 - 1.0).abs() < 0.02, "{t30_s} s");
    assert!(!document["pairs"][0]["curves"].is_null());
}

#[test]
fn the_document_is_the_services_and_the_same_on_any_number_of_threads() {
    let house = House::new();
    let mut room = seats();
    room["room"]["default_material"]["scattering"] = json!(0.3);
    room["rays"] = json!(4000);
    house.put_json("r.json", &room);
    house.done("simulate r.json --quiet --json one.json --rir one.wav --threads 1");
    house.done("simulate r.json --quiet --json two.json --rir two.wav --threads 2");
    assert_eq!(house.bytes("one.json"), house.bytes("two.json"));
    assert_eq!(house.bytes("one.wav"), house.bytes("two.wav"));
    let serde_json::Value::Object(body) = room else {
        panic!("a room is an object")
    };
    let request = simulation::request::read(&body).unwrap();
    let found =
        room_simulation::simulate(&request.scene, &request.plan, &room_simulation::Unwatched);
    let document = simulation::document::document(&request, &found.unwrap(), true);
    assert_eq!(
        house.json("one.json"),
        serde_json::to_value(document).unwrap()
    );
}

#[test]
fn options_count_before_the_file() {
    let house = House::new();
    let mut room = office();
    room["method"] = json!("hybrid");
    room["max_order"] = json!(1);
    room["room"]["default_material"]["scattering"] = json!(0.1);
    house.put_json("r.json", &room);
    let line = "simulate r.json --quiet --json - --no-curves --seed 11 --rays 3000";
    let said = house.done(line);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&document["seed"], &document["rays"]),
        (&json!(11), &json!(3000))
    );
    assert!(document["pairs"][0]["curves"].is_null());
    let then = house.done("simulate r.json --quiet --json - --method ism --max-order 2");
    let limited: serde_json::Value = serde_json::from_str(&then.out).unwrap();
    assert_eq!(
        (&limited["method"], &limited["max_order"]),
        (&json!("ism"), &json!(2))
    );
    assert_eq!(limited["pairs"][0]["order_limited"], json!(true));
    assert_eq!(limited["warnings"][0]["code"], "ORDER_LIMITED");
}

fn sound(house: &House, name: &str) -> DecodedAudio {
    audio_file::read(&house.bytes(name), &Limits::default()).unwrap()
}

#[test]
fn a_channel_for_each_pair_begins_at_the_emission() {
    let house = House::new();
    house.put_json("r.json", &seats());
    house.done("simulate r.json --quiet --method ism --max-order 0 --rir r.wav");
    house.done(
        "simulate r.json --quiet --method ism --max-order 0 --rir p.wav --amplitude pressure",
    );
    let (plain, pressure) = (sound(&house, "r.wav").signal, sound(&house, "p.wav").signal);
    assert_eq!((plain.rate().hz(), plain.channels().len()), (16_000, 4));
    // Source-major: left to near, left to far, right to near, right to far.
    let distances_m: [f64; 4] = [
        (1.0f64 + 0.25 + 0.01).sqrt(),
        (3.2f64.powi(2) + 2.1f64.powi(2) + 0.01).sqrt(),
        (1.0f64 + 2.25 + 0.01).sqrt(),
        (3.2f64.powi(2) + 0.1f64.powi(2) + 0.01).sqrt(),
    ];
    for (channel, distance_m) in distances_m.into_iter().enumerate() {
        let samples = &plain.channels()[channel];
        let peak = samples
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let expected = distance_m / 343.0 * 16_000.0;
        let found = peak.unwrap().0 as f64;
        assert!(
            (found - expected).abs() <= 1.0,
            "channel {channel}: {found}, {expected}"
        );
        // The sum of a delayed pulse is its amplitude at zero frequency.
        let sum: f64 = samples.iter().map(|x| f64::from(*x)).sum();
        assert!(
            (sum * distance_m - 1.0).abs() < 0.02,
            "channel {channel}: {sum}"
        );
        let quiet: f64 = pressure.channels()[channel]
            .iter()
            .map(|x| f64::from(*x))
            .sum();
        assert!((sum / quiet - 4.0 * std::f64::consts::PI).abs() < 1e-3);
    }
}

#[test]
fn images_of_a_box_are_listed_with_their_walls() {
    let house = House::new();
    house.put_json("r.json", &office());
    house.done("simulate r.json --quiet --method ism --max-order 2 --images i.csv --json o.json");
    let text = house.text("i.csv");
    let table = rows(&text);
    let heads = "source_id,receiver_id,order,distance_m,delay_s,x_m,y_m,z_m,amplitude_63_hz";
    assert!(text.starts_with(heads), "{}", table[0].join(","));
    assert!(
        table[0]
            .join(",")
            .ends_with("amplitude_8000_hz,x0,x1,y0,y1,z0,z1")
    );
    assert_eq!(table.len() - 1, 25, "the octahedral number of order 2");
    assert_eq!(house.json("o.json")["pairs"][0]["images"], json!(25));
    let own = |row: &[&str]| -> [f64; 3] { [5, 6, 7].map(|column| number(row[column])) };
    assert!(
        own(&table[1])
            .iter()
            .zip([1.2, 1.1, 1.3])
            .all(|(a, b)| (a - b).abs() < 1e-9)
    );
    for row in &table[1..] {
        let [x, y, z] = own(row);
        let distance_m =
            ((x - 3.6f64).powi(2) + (y - 2.7f64).powi(2) + (z - 1.5f64).powi(2)).sqrt();
        assert!((number(row[3]) - distance_m).abs() < 1e-9);
        assert!((number(row[4]) - distance_m / 343.0).abs() < 1e-12);
        let order: i32 = row[2].parse().unwrap();
        let hits: i32 = row[row.len() - 6..]
            .iter()
            .map(|n| n.parse::<i32>().unwrap())
            .sum();
        assert_eq!(order, hits);
        let amplitude = 0.8f64.sqrt().powi(order) / distance_m;
        assert!((number(row[8]) - amplitude).abs() < 1e-9, "{row:?}");
    }
    let distances: Vec<f64> = table[1..].iter().map(|row| number(row[3])).collect();
    assert!(distances.is_sorted());
}

#[test]
fn images_among_faces_name_them() {
    let house = House::new();
    let room = json!({
        "room": {"type": "polygon", "corners_m": [[0, 0], [6, 0], [6, 4], [3, 4], [3, 7], [0, 7]], "height_m": 3,
            "wall_material": {"absorption": 0.3}},
        "sources": [{"id": "s", "position_m": [1, 1, 1.5]}],
        "microphones": [{"id": "m", "position_m": [5, 2, 1.2]}],
    });
    house.put_json("r.json", &room);
    house.done("simulate r.json --quiet --method ism --max-order 2 --images i.csv --json o.json");
    let text = house.text("i.csv");
    let table = rows(&text);
    let images = house.json("o.json")["pairs"][0]["images"].as_u64().unwrap();
    assert_eq!(table.len() as u64 - 1, images);
    assert_eq!(table[0].last(), Some(&"faces"));
    assert_eq!((table[1][2], *table[1].last().unwrap()), ("0", ""));
    let twice = table.iter().find(|row| row[2] == "2").unwrap();
    assert_eq!(twice.last().unwrap().split(" > ").count(), 2, "{twice:?}");
    assert!(table.iter().any(|row| row.last() == Some(&"floor")));
}

#[test]
fn energies_over_time_have_the_total_of_the_images() {
    let house = House::new();
    house.put_json("r.json", &office());
    house.done(
        "simulate r.json --quiet --method ism --max-order 1 --histogram h.csv --images i.csv",
    );
    let (energies, images) = (house.text("h.csv"), house.text("i.csv"));
    let table = rows(&energies);
    assert_eq!(
        table[0][..4],
        ["source_id", "receiver_id", "time_s", "energy_63_hz"]
    );
    let total: f64 = table[1..].iter().map(|row| number(row[3])).sum();
    let expected: f64 = rows(&images)[1..]
        .iter()
        .map(|row| number(row[8]).powi(2))
        .sum();
    assert!((total / expected - 1.0).abs() < 1e-6, "{total}, {expected}");
    let first = number(table[1][2]);
    assert!(
        (first - 2.8931 / 343.0).abs() < 1e-3,
        "bins begin with the direct sound: {first} s"
    );
}

#[test]
fn plot_report_and_table_show_every_pair() {
    let house = House::new();
    house.put_json("r.json", &seats());
    house.done("simulate r.json --quiet --plot p.svg --report r.html --csv t.csv");
    house.done("simulate r.json --quiet --plot p.png");
    assert!(house.bytes("p.png").starts_with(b"\x89PNG\r\n"));
    let plot = house.text("p.svg");
    for part in [
        "Plan and section",
        "Reverberation time and formulas",
        "right to far",
        "Eyring",
    ] {
        assert!(plot.contains(part), "{part}");
    }
    let page = house.text("r.html");
    for pair in [
        "left, front to near",
        "left, front to far",
        "right to near",
        "right to far",
    ] {
        assert!(page.contains(pair), "{pair}");
    }
    assert!(page.contains("nothing was measured") && page.contains("Fitzroy / s"));
    let table = house.text("t.csv");
    assert_eq!(
        table.lines().count(),
        1 + 4 * 9,
        "broadband and eight octaves each"
    );
    assert!(table.contains("\"left, front\",near,broadband,"));
}

#[test]
fn many_pairs_have_a_row_each() {
    let house = House::new();
    house.put_json("r.json", &seats());
    let said = house.done("simulate r.json");
    let row = said
        .out
        .lines()
        .find(|line| line.starts_with("right to far "))
        .unwrap();
    assert_eq!(row.split_whitespace().count(), 3 + 6, "{row}");
    assert!(said.out.contains("4 pairs · T₃₀ mid 0.5"), "{}", said.out);
}

#[test]
fn every_fault_is_told_at_once_with_near_materials() {
    let house = House::new();
    let mut room = office();
    room["room"]["default_material"] = json!("plastr");
    room["sources"][0]["position_m"] = json!([9.0, 1.0, 1.0]);
    room["seed"] = json!("x");
    house.put_json("r.json", &room);
    let said = house.run("simulate r.json --json o.json");
    assert_eq!(said.code, 4);
    assert!(
        said.err.contains("r.json cannot be simulated, 3 faults:\n"),
        "{}",
        said.err
    );
    for part in [
        "room.default_material: there is no material \"plastr\"; near it: plaster",
        "sonalyze materials search",
        "sources[0].position_m: the source \"lectern\": [9.0, 1.0, 1.0] lies outside the room",
        "seed: ",
        "(given: \"x\")",
    ] {
        assert!(said.err.contains(part), "{part} in {}", said.err);
    }
    assert!(!house.has("o.json"));
}

#[test]
fn a_file_that_is_no_room_is_told_from_one_that_cannot_be_read() {
    let house = House::new();
    house.put("r.json", "RIFF");
    let said = house.run("simulate r.json");
    assert_eq!(
        (
            said.code,
            said.err.contains("r.json is no room: it is no JSON")
        ),
        (3, true),
        "{}",
        said.err
    );
    let then = house.run("simulate missing.json");
    assert_eq!(
        (then.code, then.err.contains("cannot read missing.json")),
        (1, true),
        "{}",
        then.err
    );
    house.put_json("office.json", &office());
    let next = house.run("simulate office.json --json office.json");
    assert_eq!(
        (next.code, next.err.contains("would replace the room file")),
        (2, true),
        "{}",
        next.err
    );
    assert_eq!(house.json("office.json"), office());
    let last = house.run("simulate office.json --max-order 201");
    assert_eq!(
        (last.code, last.err.contains("0..=200")),
        (2, true),
        "{}",
        last.err
    );
}

#[test]
fn a_room_may_come_from_the_standard_input() {
    use std::io::Write as _;
    let house = House::new();
    let mut command = house.command("simulate - --quiet --method ism --max-order 1 --json -");
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(office().to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["pairs"][0]["images"], json!(7));
}

#[test]
fn too_many_images_are_refused_with_the_limit() {
    let house = House::new();
    house.put_json("r.json", &office());
    let said = house.run("simulate r.json --quiet --method ism --max-order 95 --images i.csv");
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("at most 1000000 are listed"),
        "{}",
        said.err
    );
    assert!(!house.has("i.csv"));
}
