//! The shell of every page: one file, no request to anywhere.
//!
//! ```
//! use suyuan_report::{Lang, Page, Section};
//! let mut page = Page::new(Lang::En, "A <page>");
//! page.push(Section::new("what", "What it says").text("One & all."));
//! let html = page.render();
//! assert!(html.starts_with("<!DOCTYPE html>"));
//! assert!(html.contains("<h1><bdi>A &lt;page&gt;</bdi></h1>"));
//! assert!(!html.contains("src=") && !html.contains("@import"));
//! ```

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::error::{self, Error};
use crate::lang::Lang;
use crate::records::Records;
use crate::table::Table;
use crate::text;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// The script as a content security policy names it.
const SCRIPT_HASH: &str = "sha256-brir+Ct0boXKwkFD3mTKKM+L5a8r68A0VVISNpJ58QI=";

/// A part of a page under a heading of its own.
#[derive(Clone, Debug)]
pub struct Section {
    id: String,
    title: String,
    parts: Vec<Markup>,
}

impl Section {
    /// An empty section: its id within the page, and its heading.
    #[must_use]
    pub fn new(id: &str, title: &str) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), parts: Vec::new() }
    }

    /// With a paragraph.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.part(html! { p { (text) } })
    }

    /// With a remark that must not be overlooked.
    #[must_use]
    pub fn note(self, text: &str) -> Self {
        self.part(html! { p.note role="note" { (text) } })
    }

    /// With a remark where only the first `listed` of `all` rows are on the page.
    #[must_use]
    pub fn first_of(self, listed: usize, all: usize, lang: Lang) -> Self {
        if all <= listed {
            return self;
        }
        let [listed, all] = [listed, all].map(|number| text::count(number as u64));
        self.note(&match lang {
            Lang::En => format!("The first {listed} of {all} are listed; the JSON holds all."),
            Lang::Zh => format!("仅列出{all}条中的前{listed}条，JSON含全部。"),
        })
    }

    /// With a table.
    #[must_use]
    pub fn table(self, table: &Table) -> Self {
        if table.is_empty() { self } else { self.part(table.html()) }
    }

    /// With a table that opens on demand, under a line that says what it is.
    #[must_use]
    pub fn folded(self, summary: &str, table: &Table) -> Self {
        // The browser lays out only what is near the screen, and wants to know how long the rest is.
        let rows = format!("--rows:{}", table.len());
        self.part(html! { details style=(rows) { summary { (summary) } (table.html()) } })
    }

    /// With figures, each a label and a value.
    #[must_use]
    pub fn facts(self, facts: &[(String, String)]) -> Self {
        self.part(html! {
            dl.facts { @for (label, value) in facts { div { dt { (label) } dd { (text::own(value)) } } } }
        })
    }

    /// With what a page rests on, line by line, each a label and a text.
    #[must_use]
    pub fn story(self, lines: &[(&str, String)]) -> Self {
        self.part(html! {
            dl.story { @for (label, value) in lines { div { dt { (label) } dd { (text::own(value)) } } } }
        })
    }

    /// With a chart.
    #[must_use]
    pub fn figure(self, figure: Figure) -> Self {
        self.part(figure.html())
    }

    /// With what a mark in a table above stands for, each with the row it is in.
    pub(crate) fn marks(self, marks: &[(String, String)]) -> Self {
        if marks.is_empty() {
            return self;
        }
        self.part(html! {
            ul.links { @for (row, mark) in marks { li { (text::own(row)) ": " (mark) } } }
        })
    }

    /// With links to other pages: where to, and what it says.
    #[must_use]
    pub fn links(self, links: &[(String, String)]) -> Self {
        self.part(html! {
            ul.links { @for (to, text) in links { li { a href=(to) { (text::own(text)) } } } }
        })
    }

    pub(crate) fn part(mut self, part: Markup) -> Self {
        self.parts.push(part);
        self
    }
}

/// A chart with what it says in words.
#[derive(Clone, Debug)]
pub struct Figure {
    pub(crate) svg: Markup,
    pub(crate) caption: String,
    pub(crate) legend: Vec<(&'static str, String)>,
    /// Whether it is printed across the page.
    pub(crate) wide: bool,
}

impl Figure {
    fn html(&self) -> Markup {
        html! {
            figure.wide[self.wide] {
                div.scroll tabindex="0" role="group" aria-label=(self.caption) { (self.svg) }
                figcaption {
                    (self.caption)
                    @if !self.legend.is_empty() {
                        span.legend { @for (class, text) in &self.legend {
                            span { i class=(class) {} (text) }
                        } }
                    }
                }
            }
        }
    }

    /// The chart alone, as a file of its own with its part of the page's style.
    #[must_use]
    pub fn svg(&self) -> String {
        let svg = self.svg.clone().into_string();
        let drawn = |line: &&str| {
            [":root", "@media (prefers", "svg"].iter().any(|start| line.starts_with(start))
        };
        let screen = STYLE.lines().take_while(|line| !line.starts_with("@media print"));
        let style: Vec<&str> = screen.filter(drawn).collect();
        let style = format!("<style>{}</style>", style.join("\n"));
        match svg.find('>') {
            Some(at) => {
                let (head, rest) = svg.split_at(at);
                format!("{head} xmlns=\"http://www.w3.org/2000/svg\">{style}{}", &rest[1..])
            }
            None => svg,
        }
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    lang: Lang,
    title: String,
    lead: Option<String>,
    before: Vec<String>,
    sections: Vec<Section>,
    sign: Vec<String>,
}

impl Page {
    /// An empty page.
    #[must_use]
    pub fn new(lang: Lang, title: &str) -> Self {
        Self {
            lang,
            title: text::clean(title),
            lead: None,
            before: Vec::new(),
            sections: Vec::new(),
            sign: Vec::new(),
        }
    }

    /// With a sentence below its title.
    #[must_use]
    pub fn lead(mut self, text: &str) -> Self {
        self.lead = Some(text.to_owned());
        self
    }

    /// With what the records behind it lack: at its top in sentences, and in full in a section of
    /// its own, which is added here.
    #[must_use]
    pub fn records(mut self, records: &Records) -> Self {
        self.before = records.said(self.lang);
        self.sections.extend(records.section(self.lang));
        self
    }

    /// With lines to sign on below the first section.
    #[must_use]
    pub fn signed(self) -> Self {
        let lang = self.lang;
        self.signed_on(&[
            lang.pick("Prepared by", "编制"),
            lang.pick("Approved by", "批准"),
            lang.pick("Date", "日期"),
        ])
    }

    /// With lines of its own below the first section.
    #[must_use]
    pub fn signed_on(mut self, lines: &[&str]) -> Self {
        self.sign = lines.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    /// Adds a section.
    pub fn push(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// The page as HTML. The same bytes for the same content.
    #[must_use]
    pub fn render(&self) -> String {
        let lang = self.lang;
        let page = html! {
            (DOCTYPE)
            html lang=(lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { (lang.pick("To the content", "跳到正文")) }
                    header {
                        p.brand { "溯源 Suyuan" }
                        h1 { (text::own(&self.title)) }
                        @if let Some(lead) = &self.lead { p.lead { (text::own(lead)) } }
                        @if !self.before.is_empty() {
                            div.note role="note" {
                                @for line in &self.before { p { (text::own(line)) } }
                            }
                        }
                        @if self.sections.len() > 1 {
                            nav aria-label=(lang.pick("Sections", "目录")) { ul {
                                @for section in &self.sections {
                                    li { a href={ "#" (section.id) } { (section.title) } }
                                }
                            } }
                        }
                    }
                    main id="main" {
                        @for (at, section) in self.sections.iter().enumerate() {
                            section id=(section.id) aria-labelledby={ (section.id) "-h" } {
                                h2 id={ (section.id) "-h" } { (section.title) }
                                @for part in &section.parts { (part) }
                                @if at == 0 && !self.sign.is_empty() { (signature(&self.sign)) }
                            }
                        }
                    }
                    footer { p {
                        (lang.pick(
                            "Made by Suyuan from the records given. The file holds everything it shows and asks no other host for anything.",
                            "由溯源（Suyuan）根据所给记录生成。本文件自成一体，不向任何主机发出请求。"))
                    } }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }

    /// Writes the page to a file.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        error::write(path, self.render().as_bytes())
    }
}

/// What a browser lets the page do: show itself, and run its own script and no other.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; \
         form-action 'none'"
    )
}

fn signature(lines: &[String]) -> Markup {
    html! { div.sign { @for line in lines { p { (line) span {} } } } }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_names_the_script() {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let hash = Sha256::digest(SCRIPT.as_bytes());
        let mut text = String::from("sha256-");
        for three in hash.chunks(3) {
            let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            let bits = bits << (8 * (3 - three.len()));
            for place in 0..4 {
                let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
                text.push(if place <= three.len() { char::from(digit) } else { '=' });
            }
        }
        assert_eq!(SCRIPT_HASH, text, "the script has changed: this is its hash now");
        assert!(Page::new(Lang::En, "x").render().contains(&format!("script-src '{text}'")));
    }
}
