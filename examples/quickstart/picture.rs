//! A run of the quickstart as a picture of a terminal, in SVG: what it printed, in the colours in which it printed it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// The parts of a run that are drawn: what is drawn above it, the line that it begins with, and the one before which it
/// ends.
const PARTS: [([&str; 2], &str, &str); 2] = [
    (["$ terraform plan", "    …"], "  # turso_jwks_endpoint.clerk", "  + session_claims"),
    (
        [
            "$ terraform apply",
            "    …, then with the tokens that Clerk and Auth0 make of the rendered claims:",
        ],
        "token of  ",
        "What Turso's page on external auth providers says",
    ),
];

const COLUMNS: usize = 114;
/// Of a letter, in pixels.
const WIDTH: f32 = 7.8;
/// Of a line, in pixels.
const HEIGHT: usize = 17;

/// Runs the quickstart once more and draws what it prints.
pub(crate) fn draw(file: &Path) -> anyhow::Result<()> {
    let run = Command::new(std::env::current_exe()?)
        .env(crate::COLORED, "1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("the quickstart can't be run")?;
    ensure!(run.status.success(), "the quickstart failed: {}", String::from_utf8_lossy(&run.stdout));
    let printed = String::from_utf8(run.stdout)?;
    let mut lines = vec!["$ cargo run --example quickstart", ""];
    for (above, first, end) in PARTS {
        lines.extend(above);
        lines.extend(part(&printed, first, end).with_context(|| format!("the run has no part {first:?}"))?);
        lines.push("");
    }
    fs::write(file, svg(&lines)).with_context(|| format!("can't write {}", file.display()))
}

/// The lines from one that begins so, up to one that begins otherwise.
fn part<'run>(printed: &'run str, first: &str, end: &str) -> Option<Vec<&'run str>> {
    let lines: Vec<_> = printed.lines().collect();
    let start = lines.iter().position(|line| plain(line).starts_with(first))?;
    let length = lines[start..].iter().position(|line| plain(line).starts_with(end))?;
    Some(lines[start..start + length].to_vec())
}

/// A line without its colours.
fn plain(line: &str) -> String {
    spans(line).into_iter().map(|(_, text)| text).collect()
}

/// The pieces of a line, each with the SGR codes that hold for it (ECMA-48, section 8.3.117).
fn spans(line: &str) -> Vec<(Vec<&str>, &str)> {
    let mut spans = Vec::new();
    let mut codes = Vec::new();
    for (position, piece) in line.split("\u{1b}[").enumerate() {
        let text = match piece.split_once('m').filter(|_| position > 0) {
            Some((code, text)) => {
                for code in code.split(';') {
                    if matches!(code, "" | "0") { codes.clear() } else { codes.push(code) }
                }
                text
            }
            None => piece,
        };
        spans.push((codes.clone(), text));
    }
    spans
}

fn svg(lines: &[&str]) -> String {
    let (width, height) = (COLUMNS as f32 * WIDTH + 40.0, lines.len() * HEIGHT + 50);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\">\n\
         <title>A run of the quickstart in a terminal</title>\n\
         <style>\n\
         text {{ font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, \"DejaVu Sans Mono\", monospace; fill: #d4d4d4; white-space: pre }}\n\
         .b {{ font-weight: bold; fill: #ffffff }} .c31 {{ fill: #f47067 }} .c32 {{ fill: #6bc46d }} .c33 {{ fill: #daaa3f }} \
         .c36 {{ fill: #56d4dd }} .c90 {{ fill: #8b949e }}\n\
         </style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1c2128\"/>\n\
         <g><circle cx=\"20\" cy=\"18\" r=\"6\" fill=\"#f47067\"/><circle cx=\"40\" cy=\"18\" r=\"6\" fill=\"#daaa3f\"/>\
         <circle cx=\"60\" cy=\"18\" r=\"6\" fill=\"#6bc46d\"/></g>\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let mut left = COLUMNS;
        let mut text = String::new();
        for (codes, piece) in spans(line) {
            let shown: String = piece.chars().take(left).collect();
            left -= shown.chars().count();
            let class =
                codes.iter().map(|code| if *code == "1" { "b".to_owned() } else { format!("c{code}") });
            let class = class.collect::<Vec<_>>().join(" ");
            match (shown.is_empty(), class.is_empty()) {
                (true, _) => {}
                (false, true) => text += &escaped(&shown),
                (false, false) => {
                    let _ = write!(text, "<tspan class=\"{class}\">{}</tspan>", escaped(&shown));
                }
            }
        }
        let _ = writeln!(
            svg,
            "<text x=\"20\" y=\"{}\" xml:space=\"preserve\">{text}</text>",
            50 + number * HEIGHT
        );
    }
    svg + "</svg>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
