use super::*;

/// URN, the same as an address, and what it is. Keys follow the EPC Tag Data Standard (prefix and
/// reference joined); their check digits were computed apart from this code.
#[test]
fn urns_and_addresses_are_one() {
    for (urn, path, kind) in [
        ("urn:epc:id:sgtin:0614141.107346.2017", "01/10614141073464/21/2017", Kind::Item),
        ("urn:epc:id:sgtin:0614141.107346.32a%2Fb", "01/10614141073464/21/32a%2Fb", Kind::Item),
        ("urn:epc:idpat:sgtin:4012345.098765.*", "01/04012345987652", Kind::Class),
        ("urn:epc:class:lgtin:4012345.012345.998877", "01/04012345123456/10/998877", Kind::Lot),
        ("urn:epc:id:sscc:4012345.0000000333", "00/040123450000003338", Kind::Unit),
        ("urn:epc:id:sgln:0614141.07346.1234", "414/0614141073467/254/1234", Kind::Place),
        ("urn:epc:id:sgln:0614141.07346.0", "414/0614141073467", Kind::Place),
        ("urn:epc:id:pgln:0614141.00777", "417/0614141007776", Kind::Party),
        ("urn:epc:id:grai:4012345.66666.87", "8003/0401234566666387", Kind::Unit),
        ("urn:epc:idpat:grai:4012345.66666.*", "8003/04012345666663", Kind::Class),
        ("urn:epc:id:giai:4012345.AAbb", "8004/4012345AAbb", Kind::Other),
        ("urn:epc:id:gsrn:4012345.9876540000", "8018/401234598765400000", Kind::Other),
        ("urn:epc:id:cpi:4012345.ABC.123", "8010/4012345ABC/8011/123", Kind::Item),
        ("urn:epc:id:itip:4012345.012345.01.02.999", "8006/040123451234560102/21/999", Kind::Item),
        ("urn:epc:id:upui:4012345.012345.AB12", "01/04012345123456/235/AB12", Kind::Item),
        ("urn:epc:id:gdti:4012345.55555.98", "253/401234555555498", Kind::Other),
    ] {
        let id = Identifier::parse(urn);
        assert_eq!(id.canonical(), format!("https://id.gs1.org/{path}"), "{urn}");
        assert_eq!(id.kind(), kind, "{urn}");
        for address in [
            format!("https://id.gs1.org/{path}"),
            format!("http://example.com/a/b/{path}/?linkType=all#x"),
        ] {
            assert_eq!(Identifier::parse(&address), id, "{address}");
        }
    }
}

/// Keys whose serial numbers GS1 does not foresee, or that are too long, are what they are in
/// either form.
#[test]
fn the_one_form_is_read_as_itself() {
    let long = |count| "7".repeat(count);
    for (text, kind) in [
        ("urn:epc:id:grai:1003086.12345.Б".to_owned(), Kind::Unit),
        ("urn:epc:id:gdti:4012345.55555.号1".to_owned(), Kind::Other),
        ("urn:epc:id:sgcn:4012345.67890.Б".to_owned(), Kind::Other),
        ("urn:epc:idpat:sgcn:4012345.67890.*".to_owned(), Kind::Class),
        (format!("urn:epc:id:sgcn:4012345.67890.{}", long(12)), Kind::Other),
        (format!("urn:epc:id:sgcn:4012345.67890.{}", long(13)), Kind::Other),
        (format!("urn:epc:id:grai:4012345.66666.{}", long(16)), Kind::Unit),
        (format!("urn:epc:id:grai:4012345.66666.{}", long(17)), Kind::Other),
        ("urn:epc:id:giai:4012345.资产/7".to_owned(), Kind::Other),
        ("urn:epc:id:cpi:4012345.部件.1".to_owned(), Kind::Item),
        ("urn:epc:class:lgtin:4012345.012345.批次%2F7".to_owned(), Kind::Lot),
        ("urn:epc:id:sgln:0614141.07346.库%2F0".to_owned(), Kind::Place),
    ] {
        let id = Identifier::parse(&text);
        let again = Identifier::parse(id.canonical());
        assert_eq!(id.kind(), kind, "{text}");
        assert_eq!((again.kind(), &again), (id.kind(), &id), "{text}");
        assert_eq!((again.class(), again.lot()), (id.class(), id.lot()), "{text}");
    }
}

#[test]
fn short_gtins_and_old_names_are_understood() {
    let id = Identifier::parse("https://example.com/gtin/96385074/lot/A%2F1");
    assert_eq!(id.canonical(), "https://id.gs1.org/01/00000096385074/10/A%2F1");
}

#[test]
fn a_lot_in_the_address_of_an_item_is_no_part_of_its_name() {
    let id = Identifier::parse("https://id.gs1.org/01/09521141012345/10/L1/21/7");
    assert_eq!(id, Identifier::parse("urn:epc:id:sgtin:9521141.001234.7"));
    assert_eq!(id.lot().as_deref(), Some("https://id.gs1.org/01/09521141012345/10/L1"));
    assert_eq!(id.lot_of_number("L1"), id.lot());
}

#[test]
fn gdst_names_are_told_apart_without_case() {
    let id = Identifier::parse("urn:gdst:Example.org:product:lot:class:processor.2u.V1-0122-2022");
    assert_eq!(id.kind(), Kind::Lot);
    assert_eq!(id.class().as_deref(), Some("urn:gdst:example.org:product:class:processor.2u"));
    let place = Identifier::parse("urn:gdst:example.org:location:loc:hatchery.1u");
    assert_eq!(place.kind(), Kind::Place);
}

#[test]
fn what_is_no_known_form_stands_for_itself() {
    for text in [
        "geo:0,0",
        "urn:epc:id:sgtin:0614141.107346",
        "urn:epc:id:sgtin:061414x.107346.1",
        "urn:epc:id:sgtin:06141411.107346.1",
        "https://example.com/01/123/21/1",
        "https://example.com/01/09521141012345/99/1",
        "https://example.com",
        "http",
        "urn:",
        "",
        "https://example.com/01/%zz",
        "ŭrn:epc",
    ] {
        let id = Identifier::parse(text);
        assert_eq!((id.canonical(), id.kind()), (text, Kind::Other));
    }
}

#[test]
fn docks_belong_to_their_site() {
    let dock = Identifier::parse("urn:epc:id:sgln:0614141.07346.1234");
    assert_eq!(dock.site(), "https://id.gs1.org/414/0614141073467");
}
