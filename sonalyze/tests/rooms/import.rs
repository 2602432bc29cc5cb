//! `sonalyze room import`: meshes of a known box sound like the box; what is no closed room is refused with its place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::house::{House, t30_mid};

/// Lengths of the box in metres: x, y in the floor, z upwards.
const SIZE: [f64; 3] = [5.0, 4.0, 2.5];

/// Corners of the box, and the faces around them.
const CORNERS: [[f64; 3]; 8] = [
    [0.0, 0.0, 0.0],
    [1.0, 0.0, 0.0],
    [1.0, 1.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [1.0, 0.0, 1.0],
    [1.0, 1.0, 1.0],
    [0.0, 1.0, 1.0],
];
const FACES: [(&str, [usize; 4]); 6] = [
    ("floor", [0, 3, 2, 1]),
    ("ceiling", [4, 5, 6, 7]),
    ("south", [0, 1, 5, 4]),
    ("north", [3, 7, 6, 2]),
    ("west", [0, 4, 7, 3]),
    ("east", [1, 2, 6, 5]),
];

fn corner(index: usize) -> [f64; 3] {
    std::array::from_fn(|axis| CORNERS[index][axis] * SIZE[axis])
}

/// A point of the room as files with y upwards have it.
fn y_up([x, y, z]: [f64; 3]) -> [f64; 3] {
    [x, z, -y]
}

/// The box as OBJ, points moved by `place`, faces chosen by `keep`.
fn obj(place: fn([f64; 3]) -> [f64; 3], keep: fn(&str) -> bool) -> String {
    let mut text = "mtllib none.mtl\nusemtl Carpet Thin\n".to_owned();
    for index in 0..8 {
        let [x, y, z] = place(corner(index));
        text.extend([format!("v {x} {y} {z}\n")]);
    }
    for (name, ring) in FACES.iter().filter(|(name, _)| keep(name)) {
        let corners: Vec<String> = ring.iter().map(|i| format!("{}//1", i + 1)).collect();
        text.extend([format!("g {name}\nf {}\n", corners.join(" "))]);
    }
    text
}

#[expect(clippy::cast_possible_truncation, reason = "glTF has 32-bit floats")]
fn half(x: f64) -> f32 {
    (0.5 * x) as f32
}

/// The box as glTF with triangles, half its size below a node that doubles it; the buffer and its bytes.
fn gltf(uri: Option<String>) -> (Value, Vec<u8>) {
    let mut bytes = Vec::new();
    for index in 0..8 {
        for x in y_up(corner(index)) {
            bytes.extend(half(x).to_le_bytes());
        }
    }
    for (_, [a, b, c, d]) in FACES {
        for index in [a, b, c, a, c, d] {
            bytes.extend(u16::try_from(index).unwrap().to_le_bytes());
        }
    }
    let mut buffer = json!({"byteLength": bytes.len()});
    if let Some(uri) = uri {
        buffer["uri"] = json!(uri.replace("BYTES", &STANDARD.encode(&bytes)));
    }
    let document = json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"children": [1], "scale": [2.0, 2.0, 2.0]}, {"name": "Hall", "mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"name": "carpet_thin"}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3",
                "min": [0.0, 0.0, -2.0], "max": [2.5, 1.25, 0.0]},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 96},
            {"buffer": 0, "byteOffset": 96, "byteLength": 72},
        ],
        "buffers": [buffer],
    });
    (document, bytes)
}

/// Binary glTF: a header, the document, the buffer.
fn glb(document: &Value, buffer: &[u8]) -> Vec<u8> {
    let padded = |mut bytes: Vec<u8>, with: u8| {
        bytes.resize(bytes.len().div_ceil(4) * 4, with);
        bytes
    };
    let json = padded(document.to_string().into_bytes(), b' ');
    let data = padded(buffer.to_vec(), 0);
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let whole = 12 + 8 + json.len() + 8 + data.len();
    let header = [&b"glTF"[..], &2u32.to_le_bytes(), &length(whole)].concat();
    let chunks = [
        &length(json.len()),
        &b"JSON"[..],
        &json,
        &length(data.len()),
        b"BIN\0",
        &data,
    ];
    [header, chunks.concat()].concat()
}

const PLACES: &str = "--source 1.2,1.1,1.3 --microphone 3.6,2.7,1.5";
const RUN: &str = "--quiet --rays 40000 --seed 3 --json";

/// T30 of the box itself.
fn of_the_box(house: &House) -> f64 {
    let room = json!({
        "room": {"type": "shoebox", "dimensions_m": SIZE, "default_material": "carpet_thin"},
        "sources": [{"id": "source", "position_m": [1.2, 1.1, 1.3]}],
        "microphones": [{"id": "microphone", "position_m": [3.6, 2.7, 1.5]}],
        "sample_rate_hz": 48_000,
    });
    house.put_json("box.json", &room);
    house.done(&format!("simulate box.json {RUN} box-result.json"));
    t30_mid(&house.json("box-result.json"), 0)
}

#[test]
fn a_mesh_of_the_box_sounds_like_the_box() {
    let house = House::new();
    let expected_s = of_the_box(&house);
    house.put("y.obj", obj(y_up, |_| true));
    house.put("cm.obj", obj(|p| p.map(|x| 100.0 * x), |_| true));
    let (text, _) = gltf(Some(
        "data:application/octet-stream;base64,BYTES".to_owned(),
    ));
    house.put_json("text.gltf", &text);
    let (beside, bytes) = gltf(Some("the%20buffer.bin".to_owned()));
    house.put_json("beside.gltf", &beside);
    house.put("the buffer.bin", &bytes);
    let (own, binary) = gltf(None);
    house.put("own.glb", glb(&own, &binary));
    for (mesh, options) in [
        ("y.obj", ""),
        ("cm.obj", " --unit cm --up z"),
        ("text.gltf", ""),
        ("beside.gltf", ""),
        ("own.glb", ""),
    ] {
        let said = house.done(&format!(
            "room import {mesh} room.json --force {PLACES}{options}"
        ));
        assert!(
            said.err.contains("room.json: 6 faces, 50.0 m³, 1 source"),
            "{mesh}: {}",
            said.err
        );
        house.done(&format!("simulate room.json {RUN} result.json"));
        let t30_s = t30_mid(&house.json("result.json"), 0);
        assert!(
            (t30_s / expected_s - 1.0).abs() < 0.02,
            "{mesh}: {t30_s} s, {expected_s} s"
        );
    }
}

#[test]
fn the_room_is_turned_not_mirrored_and_faces_keep_their_names() {
    let house = House::new();
    house.put("y.obj", obj(y_up, |_| true));
    let said = house.done("room import y.obj room.json");
    assert!(
        said.err
            .contains("the source was placed at [1.25,1.0,1.25]"),
        "{}",
        said.err
    );
    let room = house.json("room.json");
    let faces = room["room"]["faces"].as_array().unwrap();
    let floor = faces.iter().find(|face| face["name"] == "floor 1").unwrap();
    assert_eq!(
        floor["vertices"],
        json!([
            [0.0, 0.0, 0.0],
            [0.0, 4.0, 0.0],
            [5.0, 4.0, 0.0],
            [5.0, 0.0, 0.0]
        ])
    );
    assert_eq!(floor["material"], "carpet_thin");
    house.done("room check room.json");
}

#[test]
fn a_hole_is_refused_with_its_place_here_and_in_the_file() {
    let house = House::new();
    house.put("open.obj", obj(y_up, |name| name != "ceiling"));
    let said = house.run("room import open.obj room.json");
    assert_eq!(said.code, 4);
    assert!(
        said.err
            .contains("open.obj is no room that can be simulated, 4 faults:"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("from [5.0, 0.0, 2.5] to [5.0, 4.0, 2.5]"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("(in the file from (5, 2.5, 0) to (5, 2.5, -4))"),
        "{}",
        said.err
    );
    assert!(!house.has("room.json"));
}

#[test]
fn a_bent_face_is_refused_with_its_line() {
    let house = House::new();
    let bent = obj(y_up, |_| true).replace("v 5 2.5 -4\n", "v 5 2.7 -4\n");
    house.put("bent.obj", bent);
    let said = house.run("room import bent.obj room.json");
    assert_eq!(said.code, 4);
    assert!(
        said.err.contains("out of the plane of its face"),
        "{}",
        said.err
    );
    assert!(said.err.contains("(ceiling 2, line 14)"), "{}", said.err);
}

#[test]
fn materials_are_mapped_or_refused_with_near_ones() {
    let house = House::new();
    let text = obj(y_up, |_| true).replace("usemtl Carpet Thin", "usemtl Brickwork rendred");
    house.put("m.obj", text);
    let said = house.run("room import m.obj room.json --material Wall=plaster");
    assert_eq!(said.code, 4);
    assert!(
        said.err
            .contains("\"Brickwork rendred\" is no id of the library; near it: brickwork_rendered"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("--material Wall=..: the mesh has no such material"),
        "{}",
        said.err
    );
    house.done("room import m.obj room.json --default-material plaster");
    assert_eq!(
        house.json("room.json")["room"]["faces"][0]["material"],
        "plaster"
    );
    let mut mapped = house.command("room import m.obj room.json --force --quiet --material");
    assert!(
        mapped
            .arg("Brickwork rendred=concrete")
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(
        house.json("room.json")["room"]["faces"][0]["material"],
        "concrete"
    );
}

#[test]
fn what_is_no_mesh_is_refused_with_every_fault() {
    let house = House::new();
    house.put("bad.obj", "v 0 0 0\nv 1 0\nf 1 2 9\n");
    let said = house.run("room import bad.obj room.json");
    assert_eq!(said.code, 3);
    assert!(
        said.err.contains("line 2: ") && said.err.contains("line 3: `9`"),
        "{}",
        said.err
    );
    house.put("empty.obj", "# nothing\n");
    assert_eq!(house.run("room import empty.obj room.json").code, 3);
    house.put("bad.gltf", "{\"asset\": 1}");
    assert_eq!(house.run("room import bad.gltf room.json").code, 3);
    house.put("room.stl", "solid");
    let then = house.run("room import room.stl room.json");
    assert_eq!(
        (then.code, then.err.contains(".obj, .gltf or .glb")),
        (2, true),
        "{}",
        then.err
    );
    let (text, _) = gltf(Some(
        "data:application/octet-stream;base64,BYTES".to_owned(),
    ));
    house.put_json("t.gltf", &text);
    let next = house.run("room import t.gltf room.json --unit cm");
    assert_eq!(
        (next.code, next.err.contains("metres with y upwards")),
        (2, true),
        "{}",
        next.err
    );
    assert!(!house.has("room.json"));
}

/// What is changed in a sound file.
type Lie = fn(&mut Value);

#[test]
fn a_gltf_that_lies_about_its_buffer_is_refused() {
    let data = || Some("data:application/octet-stream;base64,BYTES".to_owned());
    let lies: [(&str, Lie); 6] = [
        ("reach beyond", |g| {
            g["accessors"][1]["count"] = json!(40_000_000);
        }),
        ("reach beyond", |g| {
            g["bufferViews"][0]["byteLength"] = json!(u64::MAX / 2);
        }),
        ("reach beyond", |g| {
            g["bufferViews"][1]["byteOffset"] = json!(u64::MAX);
        }),
        ("reach beyond", |g| {
            g["accessors"][0]["count"] = json!(0);
        }),
        ("announced", |g| {
            g["buffers"][0]["byteLength"] = json!(1_000);
        }),
        ("names corners", |g| {
            g["accessors"][0]["count"] = json!(4);
        }),
    ];
    for (told, lie) in lies {
        let house = House::new();
        let (mut text, _) = gltf(data());
        lie(&mut text);
        house.put_json("lie.gltf", &text);
        let said = house.run("room import lie.gltf room.json");
        assert_eq!(said.code, 3, "{told}: {}", said.err);
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
}

#[test]
fn nodes_that_hold_themselves_end() {
    let house = House::new();
    let (mut text, _) = gltf(Some(
        "data:application/octet-stream;base64,BYTES".to_owned(),
    ));
    text["nodes"] = json!([{"children": [1, 1]}, {"children": [0, 0]}]);
    house.put_json("loop.gltf", &text);
    let said = house.run("room import loop.gltf room.json");
    assert_eq!(said.code, 3);
    assert!(
        said.err.contains("more than 64 nodes inside each other"),
        "{}",
        said.err
    );
}

#[test]
fn a_buffer_elsewhere_is_not_opened() {
    let house = House::new();
    let (text, _) = gltf(Some("../secret.bin".to_owned()));
    house.put_json("far.gltf", &text);
    let said = house.run("room import far.gltf room.json");
    assert_eq!(said.code, 3);
    assert!(said.err.contains("nothing else is opened"), "{}", said.err);
}
