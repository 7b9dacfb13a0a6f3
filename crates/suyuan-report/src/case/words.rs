//! Steps, duties and levels of a case in words.

use suyuan_core::recall::case::{Change, Fate, Level, Status};

use crate::lang::Lang;
use crate::text;

pub(super) const fn status(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Known => lang.pick("known, not started", "已知悉，未启动"),
        Status::Started => lang.pick("started, not announced", "已启动，未公告"),
        Status::Announced => lang.pick("announced, not finished", "已公告，未完成"),
        Status::Finished => lang.pick("finished, not closed", "已完成，未结案"),
        Status::Closed => lang.pick("closed", "已结案"),
        Status::Cancelled => lang.pick("cancelled", "已撤销"),
    }
}

pub(super) const fn level(level: Level, lang: Lang) -> &'static str {
    match level {
        Level::One => lang.pick("1 (grave harm)", "一级"),
        Level::Two => lang.pick("2 (harm)", "二级"),
        Level::Three => lang.pick("3 (labels)", "三级"),
    }
}

const fn fate(fate: Fate, lang: Lang) -> &'static str {
    match fate {
        Fate::Recovered => lang.pick("recovered", "召回"),
        Fate::Destroyed => lang.pick("destroyed", "销毁"),
        Fate::Relabelled => lang.pick("relabelled", "补标"),
        Fate::Consumed => lang.pick("consumed", "已消费"),
    }
}

/// What a rule asks; its name where that says nothing known.
pub(super) fn rule(name: &str, lang: Lang) -> String {
    let known = match name {
        "recall.start.1" => lang.pick("start, level 1", "启动召回（一级）"),
        "recall.start.2" => lang.pick("start, level 2", "启动召回（二级）"),
        "recall.start.3" => lang.pick("start, level 3", "启动召回（三级）"),
        "recall.finish.1" => lang.pick("finish, level 1", "完成召回（一级）"),
        "recall.finish.2" => lang.pick("finish, level 2", "完成召回（二级）"),
        "recall.finish.3" => lang.pick("finish, level 3", "完成召回（三级）"),
        "recall.notify" => lang.pick("give notice", "通知"),
        "recall.acknowledge" => lang.pick("answer the notice", "答复通知"),
        other => other,
    };
    known.to_owned()
}

/// What an entry of the log says.
pub(super) fn change(change: &Change, lang: Lang) -> String {
    let colon = lang.pick(": ", "：");
    let said = |what: &str, text: &str| {
        if text.is_empty() { what.to_owned() } else { format!("{what}{colon}{text}") }
    };
    match change {
        Change::Open { level: to, responsible, reason, .. } => said(
            &match lang {
                Lang::En => format!("opened at level {to}, {responsible} must recall"),
                Lang::Zh => format!("立案，{}，召回责任主体{responsible}", level(*to, lang)),
            },
            reason,
        ),
        Change::Concern { parties } => {
            let codes: Vec<&str> = parties.iter().map(|party| party.operator.as_str()).collect();
            said(lang.pick("operators concerned", "涉及主体"), &codes.join(", "))
        }
        Change::Start => lang.pick("started", "启动召回").to_owned(),
        Change::Announce { reference } => said(lang.pick("announced", "发布公告"), reference),
        Change::Notify { operator, channel } => {
            said(lang.pick("told", "已通知"), &format!("{operator}, {channel}"))
        }
        Change::NoticeFailed { operator, reason } => {
            said(lang.pick("could not be told", "通知失败"), &format!("{operator}, {reason}"))
        }
        Change::Acknowledge { operator } => {
            said(lang.pick("says that it was told", "已答复"), operator)
        }
        Change::Quantity { operator, batch, fate: what, quantity, unit } => {
            let text = format!("{operator} {batch}, {} {unit}", text::decimal(*quantity));
            said(fate(*what, lang), &text)
        }
        Change::Strike { entry, reason } => {
            said(&format!("{} {entry}", lang.pick("strikes out entry", "作废记录")), reason)
        }
        Change::Regrade { to, reason } => {
            said(&format!("{} {}", lang.pick("level now", "调整为"), level(*to, lang)), reason)
        }
        Change::Extend { until, approved_by, reason } => {
            let text = format!("{until}, {approved_by}, {reason}");
            said(lang.pick("more time, until", "延期至"), &text)
        }
        Change::Finish => lang.pick("finished", "召回完成").to_owned(),
        Change::Close => lang.pick("closed", "结案").to_owned(),
        Change::Cancel { reason } => said(lang.pick("cancelled", "撤销"), reason),
        Change::Reopen { reason } => said(lang.pick("reopened", "重新开启"), reason),
        Change::Note { text } => said(lang.pick("note", "备注"), text),
        _ => lang.pick("another step", "其他步骤").to_owned(),
    }
}
