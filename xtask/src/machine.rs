//! The machine on which figures were taken: without it a figure says little.
//!
//! A fact that cannot be read is reported as unknown with the reason, never left out.

use std::path::Path;
use std::process::Command;

/// What is known about the machine and the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Model of the processor.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: String,
    /// Load averages over 1, 5 and 15 minutes when the figures began.
    pub load: String,
    /// Version of the compiler.
    pub compiler: String,
    /// Commit of the tree, with a remark when it has changes.
    pub commit: String,
}

impl Machine {
    /// Asks the machine and the tree at `root`.
    pub fn read(root: &Path) -> Self {
        Self {
            processor: known(read_file("/proc/cpuinfo").and_then(|text| processor_model(&text))),
            cores: known(
                std::thread::available_parallelism()
                    .map(|n| n.to_string())
                    .map_err(|e| e.to_string()),
            ),
            load: known(read_file("/proc/loadavg").and_then(|text| load_average(&text))),
            compiler: known(run(root, "rustc", &["--version"])),
            commit: known(commit(root)),
        }
    }

    /// The facts by name, for a table.
    pub fn facts(&self) -> [(&'static str, &str); 5] {
        [
            ("processor", &self.processor),
            ("cores", &self.cores),
            ("load average (1, 5, 15 min)", &self.load),
            ("compiler", &self.compiler),
            ("commit", &self.commit),
        ]
    }
}

fn known(fact: Result<String, String>) -> String {
    fact.unwrap_or_else(|why| format!("unknown ({why})"))
}

fn read_file(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))
}

/// The first `model name`; machines without one (ARM) give the `CPU part`.
fn processor_model(cpuinfo: &str) -> Result<String, String> {
    ["model name", "CPU part"]
        .iter()
        .find_map(|key| {
            cpuinfo.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                (name.trim() == *key).then(|| value.trim().to_owned())
            })
        })
        .ok_or_else(|| "no model name among the processor's facts".to_owned())
}

fn load_average(loadavg: &str) -> Result<String, String> {
    let fields: Vec<&str> = loadavg.split_whitespace().take(3).collect();
    if fields.len() == 3 {
        Ok(fields.join(", "))
    } else {
        Err(format!(
            "three load averages expected, found `{}`",
            loadavg.trim()
        ))
    }
}

fn commit(root: &Path) -> Result<String, String> {
    let id = run(root, "git", &["rev-parse", "--short=12", "HEAD"])?;
    let changes = run(root, "git", &["status", "--porcelain"])?;
    Ok(if changes.is_empty() {
        id
    } else {
        format!("{id} with changes")
    })
}

fn run(root: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .current_dir(root)
        .args(arguments)
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!(
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found_among_other_lines() {
        let text = "processor\t: 0\nmodel\t\t: 7\nmodel name\t: Some Processor @ 2 GHz\n";
        assert_eq!(processor_model(text).unwrap(), "Some Processor @ 2 GHz");
        assert_eq!(processor_model("CPU part\t: 0xd0c\n").unwrap(), "0xd0c");
        assert!(processor_model("processor : 0\n").is_err());
    }

    #[test]
    fn the_load_is_the_first_three_numbers() {
        assert_eq!(
            load_average("0.11 0.15 0.08 1/234 567\n").unwrap(),
            "0.11, 0.15, 0.08"
        );
        assert!(load_average("0.11\n").is_err());
    }

    #[test]
    fn a_failing_program_is_named_in_the_fact() {
        let missing = run(Path::new("."), "no-such-program-of-ours", &[]);
        assert!(known(missing).starts_with("unknown (no-such-program-of-ours: "));
    }
}
