//! The page of an exported folder: HTML without scripts, that a screen reader reads and a printer prints.

use std::fmt::Write as _;

use bookbag_credential::sd_jwt::Held;
use bookbag_store::event::Content;
use serde_json::Value;

use super::{Shown, is_credential};
use crate::holder::Holder;
use crate::words;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.125rem/1.5 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\
h1{font-size:1.75rem;line-height:1.2}h2{font-size:1.375rem;margin-top:2.5rem}h3{font-size:1.125rem;margin:2rem 0 0}\
p.about{margin:.25rem 0;font-size:1rem}pre{white-space:pre-wrap;font:inherit;border-left:.25rem solid;padding-left:.75rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem .25rem 0;border-bottom:1px solid}\
dt{font-weight:bold}dd{margin:0 0 .5rem}a:focus{outline:.2rem solid}\
@media print{body{max-width:none;font-size:11pt}article{break-inside:avoid}nav{display:none}}";

/// Longest text that is shown on the page itself, in bytes; longer ones are in their files.
const MAX_SHOWN_BYTES: usize = 20_000;

/// The page.
pub(super) fn page(holder: &Holder, entries: &[Shown<'_>], now: u64) -> String {
    let name = match holder.state().name().as_str() {
        "" => "Bookbag",
        name => name,
    };
    let mut html = String::new();
    head(&mut html, name);
    about(&mut html, holder, (name, now));
    html.push_str("<h2 id=\"entries\">What is in it</h2>\n");
    if entries.is_empty() {
        html.push_str("<p>Nothing yet.</p>\n");
    }
    for shown in entries {
        entry(&mut html, holder, shown);
    }
    history(&mut html, holder);
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn head(html: &mut String, name: &str) {
    // The policy forbids the browser to fetch anything, whatever stands below.
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escape(name)
    );
}

fn about(html: &mut String, holder: &Holder, (name, now): (&str, u64)) {
    let state = holder.state();
    let _ = write!(
        html,
        "<nav aria-label=\"On this page\"><a href=\"#entries\">What is in it</a> · <a href=\"#history\">What was done</a></nav>\n\
         <main>\n<h1>{}</h1>\n\
         <p>This is a copy of everything in a bag, as one of its members could read it on {}. It is not encrypted: keep it as you would keep the papers themselves. \
         Beside this page, the folder <i>entries</i> has each entry with all its versions, in JSON; <i>originals</i>, <i>credentials</i> and <i>attachments</i> have the \
         things themselves, as they were put in; <i>history.json</i> has every change. A credential was signed by whoever issued it, and its file can still be checked.</p>\n",
        escape(name),
        words::day(now)
    );
    if let Some(birth) = state.birth() {
        let how = if birth.is_proved { "proved by an issuer" } else { "as it was typed" };
        let _ = write!(html, "<p>Birth date: {} ({how}).</p>\n", birth.date);
    }
    html.push_str("<h2>Who is in it</h2>\n<ul>\n");
    for (_, member) in state.members() {
        let _ = write!(html, "<li>{}, {}</li>\n", escape(member.name.as_str()), member.role);
    }
    html.push_str("</ul>\n");
}

fn entry(html: &mut String, holder: &Holder, shown: &Shown<'_>) {
    let (version, put) = (&shown.entry.current, &shown.entry.current.put);
    let _ = write!(
        html,
        "<article>\n<h3>{}</h3>\n<p class=\"about\">{}, put in by {} on {}. <a href=\"{}\">The thing itself</a> ({}). <a href=\"{}\">All versions</a>.</p>\n",
        escape(put.name),
        escape(&holder.compartment_name(version.compartment)),
        escape(&holder.author_name(version)),
        words::day(version.time),
        escape(&shown.original),
        escape(put.media_type),
        escape(&shown.json),
    );
    if !shown.entry.besides.is_empty() {
        html.push_str(
            "<p>Two people changed this at the same time; the other version is among all versions.</p>\n",
        );
    }
    let tags: Vec<(&str, &str)> = put.tags.iter().collect();
    if !tags.is_empty() {
        html.push_str("<dl>\n");
        tags.iter().for_each(|(name, value)| pair(html, name, value));
        html.push_str("</dl>\n");
    }
    content(html, put.media_type, &put.content);
    html.push_str("</article>\n");
}

fn content(html: &mut String, media_type: &str, content: &Content<'_>) {
    let bytes = match content {
        Content::Inline(bytes) => *bytes,
        Content::Attached(attached) => {
            let _ = write!(html, "<p>A file of {} bytes.</p>\n", attached.length);
            return;
        }
    };
    match str::from_utf8(bytes) {
        Ok(text) if is_credential(media_type) => credential(html, text),
        Ok(text) if media_type.starts_with("text/") && text.len() <= MAX_SHOWN_BYTES => {
            let _ = write!(html, "<pre>{}</pre>\n", escape(text));
        }
        _ => {}
    }
}

/// The claims as the holder reads them. Their signature is checked by whoever relies on the file.
fn credential(html: &mut String, token: &str) {
    let Ok(held) = Held::parse(token.trim()) else { return };
    html.push_str("<dl>\n");
    for (name, value) in held.payload() {
        if !matches!(name.as_str(), "cnf" | "_sd_alg" | "status" | "vct#integrity") {
            claim(html, name, value);
        }
    }
    html.push_str("</dl>\n");
}

fn claim(html: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            let _ = write!(html, "<dt>{}</dt>\n<dd><dl>\n", escape(name));
            members.iter().for_each(|(name, value)| claim(html, name, value));
            html.push_str("</dl></dd>\n");
        }
        Value::String(text) => pair(html, name, text),
        other => pair(html, name, &other.to_string()),
    }
}

fn pair(html: &mut String, name: &str, value: &str) {
    let _ = write!(html, "<dt>{}</dt>\n<dd>{}</dd>\n", escape(name), escape(value));
}

fn history(html: &mut String, holder: &Holder) {
    html.push_str(
        "<h2 id=\"history\">What was done</h2>\n<table>\n<thead><tr><th scope=\"col\">When</th><th scope=\"col\">Who</th><th scope=\"col\">What</th></tr></thead>\n<tbody>\n",
    );
    for line in holder.history() {
        let note = line.note.map(|note| format!(" ({note})")).unwrap_or_default();
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}{}</td></tr>\n",
            words::day(line.time),
            escape(&line.who),
            escape(&line.what),
            escape(&note)
        );
    }
    html.push_str("</tbody>\n</table>\n");
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // What turns the direction of writing could make a name look like another.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            other if other.is_control() && !other.is_whitespace() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_that_was_put_in_becomes_markup() {
        assert_eq!(escape("<script>\"'&"), "&lt;script&gt;&quot;&#39;&amp;");
        assert_eq!(escape("a\u{202e}b\u{0}c\nd"), "a\u{fffd}b\u{fffd}c\nd");
    }
}
