//! Prints the golden comparison.
use xtask::golden;
fn main() {
    let root = xtask::workspace::root();
    let what = std::env::args().nth(1).unwrap_or_default();
    if what == "rec" {
        for o in golden::recordings::run(&root).unwrap() {
            let bad: Vec<String> = o
                .comparisons
                .iter()
                .filter(|c| !c.holds())
                .map(|c| {
                    format!(
                        "{:?}/{} {:?}>{}",
                        c.octave_hz, c.quantity, c.error, c.allowed
                    )
                })
                .collect();
            println!(
                "{:26} {} skew {:+.4} start {:+.2} {:?} faults {:?} bad {:?}",
                o.id,
                if bad.is_empty() && o.faults.is_empty() {
                    "PASS"
                } else {
                    "----"
                },
                o.skew_error_ppm.unwrap_or(f64::NAN),
                o.start_error.unwrap_or(f64::NAN),
                o.codes,
                o.faults,
                bad
            );
            for q in [
                "t20_s", "t30_s", "edt_s", "c50_db", "c80_db", "d50", "ts_ms", "drr_db", "sti",
            ] {
                let v: Vec<f64> = o
                    .comparisons
                    .iter()
                    .filter(|c| c.quantity == q)
                    .filter_map(|c| c.error)
                    .collect();
                let m = v.iter().map(|x| x.abs()).fold(0.0, f64::max);
                print!(" {q} {:.4}", m);
            }
            println!();
            if let Some(p) = &o.parameters {
                println!(
                    "   inr {:?}",
                    p.octaves
                        .iter()
                        .map(|b| b
                            .inr_db
                            .map(|x| (x * 10.).round() / 10.)
                            .unwrap_or(f64::NAN))
                        .collect::<Vec<_>>()
                );
                println!(
                    "   flags {:?}",
                    p.octaves
                        .iter()
                        .map(|b| b
                            .flags
                            .iter()
                            .map(|f| f.code())
                            .collect::<Vec<_>>()
                            .join("+"))
                        .collect::<Vec<_>>()
                );
            }
        }
    }
    if what == "dec" {
        for d in golden::decays::run(&root).unwrap() {
            let ok = match d.error {
                Some(e) => !d.wanted || e.abs() <= d.allowed,
                None => !d.wanted,
            };
            println!(
                "{} {:22} {:5} {} true {:?} found {:?} err {:?} allowed {} wanted {} flagged {}",
                if ok { "ok " } else { "BAD" },
                d.id,
                d.octave_hz,
                d.quantity,
                d.inr_true_db,
                d.inr_found_db.map(|x| (x * 10.).round() / 10.),
                d.error.map(|e| (e * 1e5).round() / 1e3),
                d.allowed,
                d.wanted,
                d.flagged
            );
        }
    }
    if what == "exact" {
        for d in golden::exact::run(&root).unwrap() {
            println!(
                "{} {:26} {:?} {} {:?} {}",
                if d.error.is_some_and(|e| e.abs() <= d.allowed) {
                    "ok "
                } else {
                    "BAD"
                },
                d.id,
                d.octave_hz,
                d.quantity,
                d.error,
                d.allowed
            );
        }
    }
    if what == "sti" {
        let r = golden::speech::run(&root).unwrap();
        let m = |f: &dyn Fn(&golden::speech::Row) -> f64| {
            r.iter().map(|x| f(x).abs()).fold(0.0, f64::max)
        };
        println!(
            "male {} female {} masked {}",
            m(&|r| r.male),
            m(&|r| r.female),
            m(&|r| r.masked.unwrap_or(0.))
        );
    }
}
