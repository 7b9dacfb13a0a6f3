//! Names, addresses and numbers in one form.

use crate::text::fold_name;

/// What companies are called beside their name, longest first.
const COMPANY: &[&str] = &[
    "股份有限责任公司",
    "股份有限公司",
    "有限责任公司",
    "集团有限公司",
    "有限公司",
    "个体工商户",
    "集团公司",
    "公司",
    "集团",
    "company limited",
    "co., ltd.",
    "co.,ltd.",
    "co. ltd",
    "co ltd",
    "ltd.",
    "ltd",
];

/// A name or an address in one form: full-width forms, letter case, traditional characters (a
/// table of the usual ones), punctuation and spaces make no difference.
///
/// ```
/// use suyuan_core::identity::normal_text;
/// assert_eq!(normal_text("青島 好味（Ａ店）"), "青岛好味a店");
/// ```
#[must_use]
pub fn normal_text(text: &str) -> String {
    fold_name(text).chars().filter(|c| c.is_alphanumeric()).map(simplified).collect()
}

/// A name without what every company is called: [`normal_text`] less the legal form at its end
/// (or in brackets at its end). A name that is nothing else is kept whole.
///
/// ```
/// use suyuan_core::identity::normal_name;
/// assert_eq!(normal_name("青岛好味食品有限公司"), "青岛好味食品");
/// assert_eq!(normal_name("好味小吃店（個體工商戶）"), "好味小吃店");
/// ```
#[must_use]
pub fn normal_name(name: &str) -> String {
    let mut normal = normal_text(name);
    let forms: Vec<String> = COMPANY.iter().map(|form| normal_text(form)).collect();
    while let Some(core) = forms.iter().find_map(|form| normal.strip_suffix(form.as_str())) {
        if core.is_empty() {
            break;
        }
        normal = core.to_owned();
    }
    normal
}

fn simplified(c: char) -> char {
    match SIMPLIFIED.binary_search_by_key(&c, |(from, _)| *from) {
        Ok(at) => SIMPLIFIED.get(at).map_or(c, |(_, to)| *to),
        Err(_) => c,
    }
}

/// What is wrong with a text of the shape of a food licence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the check digit is {found}, expected {expected}")]
#[non_exhaustive]
pub struct LicenceError {
    /// The digit that fits.
    pub expected: u8,
    /// The digit written.
    pub found: u8,
}

/// Checks a text of the shape of a food production (SC, 食品生产许可证) or food business licence
/// number (JY, 食品经营许可证): two letters and 14 digits, the last a check digit by MOD 11,10 of
/// GB/T 17710-1999 (ISO 7064). `Ok(false)` for any other shape.
///
/// # Errors
/// [`LicenceError`] when the check digit is wrong.
///
/// ```
/// use suyuan_core::identity::check_licence;
/// assert_eq!(check_licence("JY15308250014109"), Ok(true));
/// assert!(check_licence("JY15308250014100").is_err());
/// assert_eq!(check_licence("QS370212345678"), Ok(false));
/// ```
pub fn check_licence(licence: &str) -> Result<bool, LicenceError> {
    let Some(digits) = ["SC", "JY", "sc", "jy"].iter().find_map(|kind| licence.strip_prefix(kind))
    else {
        return Ok(false);
    };
    if digits.len() != 14 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(false);
    }
    let (mut product, mut found) = (10, 0);
    for (at, byte) in digits.bytes().enumerate() {
        found = byte - b'0';
        if at < 13 {
            let sum = (product + found) % 10;
            product = if sum == 0 { 10 } else { sum } * 2 % 11;
        }
    }
    let expected = (11 - product) % 10;
    if found == expected { Ok(true) } else { Err(LicenceError { expected, found }) }
}

/// Traditional characters that names and addresses of food businesses use, by code point.
const SIMPLIFIED: &[(char, char)] = &[
    ('倉', '仓'),
    ('個', '个'),
    ('億', '亿'),
    ('優', '优'),
    ('儲', '储'),
    ('凍', '冻'),
    ('區', '区'),
    ('參', '参'),
    ('吳', '吴'),
    ('呂', '吕'),
    ('嚴', '严'),
    ('國', '国'),
    ('園', '园'),
    ('圓', '圆'),
    ('團', '团'),
    ('場', '场'),
    ('孫', '孙'),
    ('學', '学'),
    ('實', '实'),
    ('寧', '宁'),
    ('寶', '宝'),
    ('層', '层'),
    ('島', '岛'),
    ('峽', '峡'),
    ('嶺', '岭'),
    ('師', '师'),
    ('庫', '库'),
    ('廈', '厦'),
    ('廠', '厂'),
    ('廣', '广'),
    ('廳', '厅'),
    ('張', '张'),
    ('後', '后'),
    ('愛', '爱'),
    ('慶', '庆'),
    ('戶', '户'),
    ('攤', '摊'),
    ('會', '会'),
    ('東', '东'),
    ('棗', '枣'),
    ('楊', '杨'),
    ('業', '业'),
    ('樂', '乐'),
    ('樓', '楼'),
    ('標', '标'),
    ('橋', '桥'),
    ('檔', '档'),
    ('檢', '检'),
    ('涼', '凉'),
    ('淨', '净'),
    ('測', '测'),
    ('湯', '汤'),
    ('準', '准'),
    ('溫', '温'),
    ('滬', '沪'),
    ('滷', '卤'),
    ('滿', '满'),
    ('漁', '渔'),
    ('潔', '洁'),
    ('澤', '泽'),
    ('濟', '济'),
    ('濰', '潍'),
    ('濱', '滨'),
    ('瀋', '沈'),
    ('灣', '湾'),
    ('無', '无'),
    ('煙', '烟'),
    ('熱', '热'),
    ('燒', '烧'),
    ('營', '营'),
    ('爐', '炉'),
    ('環', '环'),
    ('產', '产'),
    ('發', '发'),
    ('禦', '御'),
    ('穀', '谷'),
    ('竇', '窦'),
    ('筆', '笔'),
    ('節', '节'),
    ('範', '范'),
    ('糧', '粮'),
    ('紅', '红'),
    ('絡', '络'),
    ('綜', '综'),
    ('綠', '绿'),
    ('維', '维'),
    ('網', '网'),
    ('線', '线'),
    ('縣', '县'),
    ('總', '总'),
    ('織', '织'),
    ('羅', '罗'),
    ('義', '义'),
    ('習', '习'),
    ('聯', '联'),
    ('職', '职'),
    ('肅', '肃'),
    ('臘', '腊'),
    ('臨', '临'),
    ('臺', '台'),
    ('興', '兴'),
    ('舖', '铺'),
    ('莊', '庄'),
    ('華', '华'),
    ('萊', '莱'),
    ('萬', '万'),
    ('葉', '叶'),
    ('蓮', '莲'),
    ('蔣', '蒋'),
    ('蔥', '葱'),
    ('蕭', '萧'),
    ('薑', '姜'),
    ('藍', '蓝'),
    ('蘇', '苏'),
    ('蘋', '苹'),
    ('蘭', '兰'),
    ('號', '号'),
    ('蝦', '虾'),
    ('蠔', '蚝'),
    ('蠶', '蚕'),
    ('術', '术'),
    ('衛', '卫'),
    ('裏', '里'),
    ('補', '补'),
    ('裝', '装'),
    ('製', '制'),
    ('複', '复'),
    ('規', '规'),
    ('視', '视'),
    ('親', '亲'),
    ('觀', '观'),
    ('訂', '订'),
    ('計', '计'),
    ('記', '记'),
    ('設', '设'),
    ('許', '许'),
    ('試', '试'),
    ('話', '话'),
    ('語', '语'),
    ('誠', '诚'),
    ('調', '调'),
    ('請', '请'),
    ('諸', '诸'),
    ('講', '讲'),
    ('證', '证'),
    ('識', '识'),
    ('護', '护'),
    ('讓', '让'),
    ('豐', '丰'),
    ('豬', '猪'),
    ('貝', '贝'),
    ('負', '负'),
    ('財', '财'),
    ('貨', '货'),
    ('責', '责'),
    ('貴', '贵'),
    ('買', '买'),
    ('貿', '贸'),
    ('賀', '贺'),
    ('資', '资'),
    ('賓', '宾'),
    ('賣', '卖'),
    ('質', '质'),
    ('賴', '赖'),
    ('購', '购'),
    ('賽', '赛'),
    ('贊', '赞'),
    ('趙', '赵'),
    ('車', '车'),
    ('軒', '轩'),
    ('載', '载'),
    ('輕', '轻'),
    ('輛', '辆'),
    ('輪', '轮'),
    ('輸', '输'),
    ('轉', '转'),
    ('辦', '办'),
    ('農', '农'),
    ('連', '连'),
    ('進', '进'),
    ('運', '运'),
    ('達', '达'),
    ('遼', '辽'),
    ('邊', '边'),
    ('郵', '邮'),
    ('鄉', '乡'),
    ('鄒', '邹'),
    ('鄧', '邓'),
    ('鄭', '郑'),
    ('醫', '医'),
    ('醬', '酱'),
    ('釀', '酿'),
    ('釣', '钓'),
    ('鈴', '铃'),
    ('銀', '银'),
    ('鋪', '铺'),
    ('鋼', '钢'),
    ('錄', '录'),
    ('錢', '钱'),
    ('錦', '锦'),
    ('鍋', '锅'),
    ('鍵', '键'),
    ('鎖', '锁'),
    ('鎮', '镇'),
    ('鏈', '链'),
    ('鐘', '钟'),
    ('鐵', '铁'),
    ('鑽', '钻'),
    ('長', '长'),
    ('門', '门'),
    ('閃', '闪'),
    ('開', '开'),
    ('間', '间'),
    ('閣', '阁'),
    ('閱', '阅'),
    ('關', '关'),
    ('陝', '陕'),
    ('陰', '阴'),
    ('陳', '陈'),
    ('陽', '阳'),
    ('隊', '队'),
    ('階', '阶'),
    ('際', '际'),
    ('隨', '随'),
    ('險', '险'),
    ('雖', '虽'),
    ('雙', '双'),
    ('雜', '杂'),
    ('雞', '鸡'),
    ('離', '离'),
    ('難', '难'),
    ('雲', '云'),
    ('電', '电'),
    ('靈', '灵'),
    ('靜', '静'),
    ('韋', '韦'),
    ('韓', '韩'),
    ('響', '响'),
    ('頂', '顶'),
    ('項', '项'),
    ('順', '顺'),
    ('須', '须'),
    ('預', '预'),
    ('領', '领'),
    ('頭', '头'),
    ('題', '题'),
    ('顏', '颜'),
    ('願', '愿'),
    ('類', '类'),
    ('顧', '顾'),
    ('顯', '显'),
    ('風', '风'),
    ('飛', '飞'),
    ('飯', '饭'),
    ('飲', '饮'),
    ('飾', '饰'),
    ('餃', '饺'),
    ('餅', '饼'),
    ('養', '养'),
    ('餘', '余'),
    ('館', '馆'),
    ('馬', '马'),
    ('馮', '冯'),
    ('駐', '驻'),
    ('駕', '驾'),
    ('騰', '腾'),
    ('驗', '验'),
    ('驛', '驿'),
    ('體', '体'),
    ('髮', '发'),
    ('鬆', '松'),
    ('魚', '鱼'),
    ('魯', '鲁'),
    ('鮮', '鲜'),
    ('鯉', '鲤'),
    ('鰻', '鳗'),
    ('鱗', '鳞'),
    ('鱸', '鲈'),
    ('鳥', '鸟'),
    ('鳳', '凤'),
    ('鴨', '鸭'),
    ('鴻', '鸿'),
    ('鵬', '鹏'),
    ('鷄', '鸡'),
    ('鹹', '咸'),
    ('鹽', '盐'),
    ('麗', '丽'),
    ('麥', '麦'),
    ('麵', '面'),
    ('黃', '黄'),
    ('點', '点'),
    ('黨', '党'),
    ('齊', '齐'),
    ('齋', '斋'),
    ('齡', '龄'),
    ('龍', '龙'),
    ('龔', '龚'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_maps_to_what_stays() {
        assert!(SIMPLIFIED.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(SIMPLIFIED.iter().all(|(_, to)| simplified(*to) == *to));
    }

    #[test]
    fn names_lose_their_legal_form_alone() {
        for (name, core) in [
            ("青島好味食品股份有限公司", "青岛好味食品"),
            ("好味(中国)有限公司", "好味中国"),
            ("有限公司", "有限公司"),
            ("Good Taste Co., Ltd.", "goodtaste"),
            ("好味集团有限公司", "好味"),
            ("  ", ""),
        ] {
            assert_eq!(normal_name(name), core, "{name}");
        }
    }

    /// The other way round the standard puts it: of all digits exactly one fits.
    #[test]
    fn one_check_digit_fits() {
        for body in ["1530825001410", "1013702020001", "0000000000000", "9999999999999"] {
            let fits =
                (0..10).filter(|digit| check_licence(&format!("SC{body}{digit}")) == Ok(true));
            assert_eq!(fits.count(), 1, "{body}");
        }
        assert_eq!(check_licence("SC1530825001410"), Ok(false));
    }
}
