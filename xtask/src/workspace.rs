//! Reads the tree: where the root is, which files count, what cargo says about the crates.
//!
//! Files that `.gitignore` names do not count; `.git` itself neither. No git is needed, an unpacked archive works too.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use ignore::WalkBuilder;

use crate::TaskError;
use crate::arrows::Crate;

/// One file of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// The content where it is UTF-8 text.
    pub text: Option<String>,
}

/// The root of the workspace: the folder that holds this crate's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Every file of the tree that git would keep, ordered by path.
///
/// # Errors
/// When a folder or a file cannot be read.
pub fn files(root: &Path) -> Result<Vec<SourceFile>, TaskError> {
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .sort_by_file_path(Path::cmp)
        .build();
    let mut found = Vec::new();
    for entry in walk {
        let entry = entry?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            found.push(read(root, entry.path())?);
        }
    }
    Ok(found)
}

/// The crates of the workspace with the normal and build dependencies that their manifests name.
///
/// # Errors
/// When `cargo metadata` fails.
pub fn crates(root: &Path) -> Result<Vec<Crate>, TaskError> {
    let metadata = MetadataCommand::new().current_dir(root).exec()?;
    Ok(members(&metadata))
}

/// Every crate that `name` compiles against on any target with its default features, itself first.
///
/// `cargo tree` is asked rather than `cargo metadata`: the latter unites the features of the whole workspace, so that a
/// crate would be blamed for what its neighbours switch on.
///
/// # Errors
/// When `cargo tree` fails, with its words.
pub fn closure(root: &Path, name: &str) -> Result<Vec<String>, TaskError> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["tree", "--package", name, "--edges", "normal,build"])
        .args([
            "--target",
            "all",
            "--prefix",
            "none",
            "--no-dedupe",
            "--format",
            "{p}",
        ])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(names_of_tree(&String::from_utf8_lossy(&output.stdout)))
}

fn read(root: &Path, path: &Path) -> Result<SourceFile, TaskError> {
    let content = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let relative = path.strip_prefix(root)?;
    Ok(SourceFile {
        path: relative.to_string_lossy().replace('\\', "/"),
        bytes: content.len() as u64,
        text: String::from_utf8(content).ok(),
    })
}

fn members(metadata: &Metadata) -> Vec<Crate> {
    let mut crates: Vec<Crate> = metadata
        .workspace_packages()
        .into_iter()
        .map(named_by)
        .collect();
    crates.sort_by(|a, b| a.name.cmp(&b.name));
    crates
}

fn named_by(package: &Package) -> Crate {
    let mut names: Vec<String> = package
        .dependencies
        .iter()
        .filter(|d| d.kind != DependencyKind::Development)
        .map(|d| d.name.clone())
        .collect();
    names.sort();
    names.dedup();
    Crate {
        name: package.name.to_string(),
        names,
    }
}

fn names_of_tree(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.split_whitespace().next()
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_gives_each_name_once_in_order() {
        let text = "room-dsp v0.1.0 (path)\nrubato v5.0.1\nrealfft v3.5.1\nrubato v5.0.1\n\n";
        assert_eq!(names_of_tree(text), ["room-dsp", "rubato", "realfft"]);
    }

    #[test]
    fn the_walk_leaves_out_what_git_ignores() {
        let all = files(&root()).unwrap();
        assert!(all.iter().any(|f| f.path == ".gitignore"));
        assert!(all.iter().any(|f| f.path == "xtask/src/workspace.rs"));
        assert!(
            !all.iter()
                .any(|f| f.path.starts_with(".git/") || f.path.starts_with("target/"))
        );
    }
}
