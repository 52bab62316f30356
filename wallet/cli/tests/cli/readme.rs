//! The tour in the README, run word for word.

use std::process::{Command, Stdio};

use super::{BOOKBAG, Home};

/// A block of commands, and the output that the README says they have.
struct Step {
    commands: String,
    output: Option<String>,
}

/// The blocks that are marked as `sh tour`; a block of text right after one is its output.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // Outside, inside, outside, inside: a fence stands at the start of a line.
    for (number, block) in format!("\n{readme}").split("\n```").enumerate() {
        let (kind, content) = block.split_once('\n').unwrap_or((block, ""));
        match (number % 2, kind, steps.last_mut()) {
            (1, "sh tour", _) => steps.push(Step { commands: content.to_owned(), output: None }),
            (1, "text", Some(step)) if step.output.is_none() => step.output = Some(content.to_owned()),
            _ => {}
        }
    }
    steps
}

/// Whether `said` is `shortened`, in which an ellipsis stands for anything. Blanks count as one.
fn is_shortened(shortened: &str, said: &str) -> bool {
    let even = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (shortened, said) = (even(shortened), even(said));
    let mut pieces = shortened.split('…').map(str::trim);
    let Some(mut rest) = said.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[test]
fn the_tour_works_as_it_stands() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let steps = steps(&std::fs::read_to_string(root.join("README.md")).unwrap());
    assert!(steps.len() >= 6, "the tour has {} steps: is the reader of fences broken?", steps.len());
    let home = Home::new();
    let mut folders = vec![std::path::Path::new(BOOKBAG).parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    // Who follows the tour has one shell, in which what was exported stays.
    let mut exported = String::new();
    for Step { commands, output } in steps {
        let child = Command::new("sh")
            .args(["-euc", &format!("exec 2>&1\n{exported}{commands}")])
            .env("PATH", std::env::join_paths(&folders).unwrap())
            .current_dir(home.0.path())
            .envs(home.environment())
            .env_remove("BOOKBAG_BAG")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(child.stdout).unwrap();
        assert!(child.status.success(), "{commands}\n{said}");
        exported.extend(commands.split_inclusive('\n').filter(|line| line.starts_with("export ")));
        if let Some(output) = output {
            assert!(is_shortened(&output, &said), "{commands}\nThe README has:\n{output}\nIt says:\n{said}");
        }
    }
}

#[test]
fn the_reader_of_the_tour_sees_what_is_there() {
    let steps = steps("```sh tour\na\nb\n```\n\n```text\nc\n```\n```text\nd\n```\n```sh\ne\n```\n");
    assert_eq!(steps.len(), 1);
    assert_eq!((steps[0].commands.as_str(), steps[0].output.as_deref()), ("a\nb", Some("c")));
    for (shortened, said) in [("a … c", "a b\nc\n"), ("a …", "a b c"), ("a … b", "a b b"), ("a", " a ")]
    {
        assert!(is_shortened(shortened, said), "{shortened} / {said}");
    }
    for (shortened, said) in [
        ("a … c", "a b d"),
        ("b … c", "a b c"),
        ("a … b", "a b c"),
        ("a", "b"),
        ("a c", "a b c"),
        ("a … x … c", "a c"),
    ] {
        assert!(!is_shortened(shortened, said), "{shortened} / {said}");
    }
}
