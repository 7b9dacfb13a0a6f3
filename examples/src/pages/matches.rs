//! The page of operators that may be one.

use suyuan::identity::{OperatorCard, Reason};
use suyuan::report::table::{Cell, Column, Table};
use suyuan::report::{Lang, Page, Section};

use super::{LISTED, word};
use crate::matching::Document;
use crate::show;

/// Which codes may stand for one operator; `removed` is the code that was asked for.
#[must_use]
pub fn matches(found: &Document<'_>, removed: Option<&str>, lang: Lang) -> Page {
    let lead = match lang {
        Lang::En => format!(
            "{} from {}. A suggestion merges nothing: a person confirms it.",
            show::count(found.suggestions.len(), "suggestion"),
            show::count(found.cards, "card")
        ),
        Lang::Zh => format!(
            "{}张主体卡片中得到{}条建议。建议不会自动合并，须经人工确认。",
            found.cards,
            found.suggestions.len()
        ),
    };
    let title = lang.pick("Operators that may be one", "疑似同一主体");
    let mut page = Page::new(lang, title).lead(&lead).signed();
    let facts = [
        (lang.pick("Cards", "卡片"), found.cards),
        (lang.pick("Suggestions", "建议"), found.suggestions.len()),
        (lang.pick("Confirmed aliases", "已确认别名"), found.confirmed),
        (lang.pick("Wrong check characters", "校验码错误"), found.unsound.len()),
    ];
    let facts = facts.map(|(label, number)| (label.to_owned(), number.to_string()));
    page.push(Section::new("summary", lang.pick("Summary", "概要")).facts(&facts));
    page.push(pairs(found, lang));
    if let (Some(code), Some(places)) = (removed, &found.elsewhere) {
        let title =
            format!("{}{code}", lang.pick("Where else the operator is: ", "该主体的其他登记："));
        let mut table = cards("elsewhere", &title, lang)
            .column(Column::number("score", lang.pick("Score", "得分")))
            .column(word("confirmed", lang.pick("Says", "结论")).tight());
        for place in places.iter().take(LISTED) {
            let mut row = card(place.card);
            row.push(Cell::Count(u64::from(place.score)));
            row.push(Cell::word(if place.confirmed {
                lang.pick("the same", "同一主体")
            } else {
                lang.pick("suggested", "建议")
            }));
            table.push(row);
        }
        let section = Section::new("elsewhere", &title);
        page.push(if table.is_empty() {
            section.text(lang.pick("Nowhere.", "无。"))
        } else {
            section.table(&table.without_empty())
        });
    }
    if !found.unsound.is_empty() {
        let title = lang.pick("Wrong check characters", "校验码错误的卡片");
        let mut table = cards("unsound", title, lang);
        for own in found.unsound.iter().take(LISTED) {
            table.push(card(own));
        }
        let section = Section::new("unsound", title).text(lang.pick(
            "Neither their credit code nor their licence can be trusted.",
            "其统一社会信用代码或许可证编号不可采信。",
        ));
        page.push(section.table(&table.without_empty()).first_of(
            LISTED,
            found.unsound.len(),
            lang,
        ));
    }
    page
}

fn pairs(found: &Document<'_>, lang: Lang) -> Section {
    let title = lang.pick("Suggestions, highest score first", "建议（按得分由高到低）");
    let mut table = Table::new("pairs", title)
        .column(word("operator", lang.pick("Operator", "主体编码")))
        .column(word("name", lang.pick("Name", "名称")))
        .column(word("alias", lang.pick("May be", "疑似")))
        .column(word("alias_name", lang.pick("Name there", "其名称")))
        .column(Column::number("score", lang.pick("Score", "得分")))
        .column(word("why", lang.pick("Why", "理由")).wide())
        .column(word("confirmed", lang.pick("Confirmed", "确认")).tight());
    let code = |own: &OperatorCard| format!("{} {}", own.code, own.platform).trim_end().to_owned();
    for pair in found.suggestions.iter().take(LISTED) {
        let why: Vec<&str> = pair.reasons.iter().map(|why| reason(*why, lang)).collect();
        table.push(vec![
            Cell::Text(code(pair.operator)),
            Cell::text(&pair.operator.name),
            Cell::Text(code(pair.alias)),
            Cell::text(&pair.alias.name),
            Cell::Count(u64::from(pair.score)),
            Cell::word(why.join(lang.pick(", ", "、"))),
            Cell::word(if pair.confirmed { lang.pick("yes", "是") } else { "" }),
        ]);
    }
    let section = Section::new("pairs", lang.pick("Suggestions", "建议"));
    if table.is_empty() {
        return section.text(lang.pick("None.", "无。"));
    }
    section.table(&table).first_of(LISTED, found.suggestions.len(), lang)
}

fn cards(name: &str, caption: &str, lang: Lang) -> Table {
    Table::new(name, caption)
        .column(word("code", lang.pick("Code", "编码")))
        .column(word("platform", lang.pick("Platform", "平台")))
        .column(word("name", lang.pick("Name", "名称")))
        .column(word("credit_code", lang.pick("Credit code", "信用代码")))
        .column(word("licence", lang.pick("Licence", "许可证")))
        .column(word("address", lang.pick("Address", "地址")).wide())
}

fn card(own: &OperatorCard) -> Vec<Cell> {
    [&own.code, &own.platform, &own.name, &own.credit_code, &own.licence, &own.address]
        .map(|text| Cell::text(text))
        .to_vec()
}

fn reason(reason: Reason, lang: Lang) -> &'static str {
    match reason {
        Reason::SameCreditCode => lang.pick("same credit code", "信用代码相同"),
        Reason::SameCreditText => lang.pick("same text for a credit code", "信用代码文本相同"),
        Reason::SameLicence => lang.pick("same licence", "许可证相同"),
        Reason::SameName => lang.pick("same name", "名称相同"),
        Reason::NearName => lang.pick("nearly the same name", "名称相近"),
        Reason::SameAddress => lang.pick("same address", "地址相同"),
        Reason::NearAddress => lang.pick("nearly the same address", "地址相近"),
        Reason::SameRegion => lang.pick("same region", "区划相同"),
        Reason::OtherRegion => lang.pick("another region", "区划不同"),
        Reason::OtherCreditCode => lang.pick("another credit code", "信用代码不同"),
        _ => reason.as_str(),
    }
}
