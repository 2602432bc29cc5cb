//! A migration that is added is embedded: the compiler sees changes of known files alone.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
