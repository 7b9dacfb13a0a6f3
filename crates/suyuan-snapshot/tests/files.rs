//! Files that are saved and opened, and files that are refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::error::Error as _;
use std::fs;
use std::path::Path;

use suyuan_core::chain::SupplyChain;
use suyuan_snapshot::{Error, open, save};
use suyuan_synth::{ChainSink, Plan};

fn chain(seed: u64) -> SupplyChain {
    of_links(3_000, seed)
}

fn of_links(links: u64, seed: u64) -> SupplyChain {
    let mut sink = ChainSink::new();
    Plan::new(links, seed).generate(&mut sink).unwrap();
    sink.build().unwrap().chain
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The error and its cause, which name the file and the reason.
fn refused(path: &Path) -> (Error, String) {
    let error = open(path).unwrap_err();
    assert!(error.to_string().contains(&*path.file_name().unwrap().to_string_lossy()), "{error}");
    let cause = error.source().unwrap().to_string();
    (error, cause)
}

#[test]
fn saving_replaces_a_file_and_leaves_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.suyuan");
    for seed in [1, 2] {
        let chain = chain(seed);
        save(&chain, &path).unwrap();
        let again = open(&path).unwrap();
        again.verify().unwrap();
        assert_eq!(again.link_count(), chain.link_count());
        let mut bytes = Vec::new();
        again.write_snapshot(&mut bytes).unwrap();
        assert_eq!(bytes, fs::read(&path).unwrap());
        assert_eq!(names(folder.path()), ["chain.suyuan"]);
    }
}

/// One whose file is read into large pages.
#[test]
fn a_large_chain_comes_back_and_outlives_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.suyuan");
    save(&of_links(60_000, 3), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 1 << 22);
    let again = open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    again.verify().unwrap();
    let mut written = Vec::new();
    again.clone().write_snapshot(&mut written).unwrap();
    assert!(written == bytes);
}

#[test]
fn a_save_that_fails_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain(1);
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("kept"), "kept").unwrap();
    let error = save(&chain, &taken).unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
    assert!(error.to_string().contains("taken") && error.source().is_some());
    assert_eq!(names(folder.path()), ["taken"]);
    assert_eq!(fs::read(taken.join("kept")).unwrap(), b"kept");
    let nowhere = folder.path().join("none").join("chain.suyuan");
    assert!(matches!(save(&chain, &nowhere), Err(Error::Write { .. })));
    assert!(matches!(save(&chain, ""), Err(Error::Write { .. })));
}

#[cfg(unix)]
#[test]
fn saving_through_a_link_replaces_the_file_it_leads_to() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    save(&chain(1), &link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    open(&file).unwrap().verify().unwrap();
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.suyuan");
    let (error, _) = refused(&path);
    assert!(matches!(error, Error::Read { .. }), "{error}");
    let (error, _) = refused(folder.path());
    assert!(matches!(error, Error::Read { .. }), "{error}");
    for foreign in [&b""[..], b"code,batch\n", b"\x89PNG\r\n\x1a\n0000"] {
        fs::write(&path, foreign).unwrap();
        let (error, cause) = refused(&path);
        assert!(matches!(error, Error::Snapshot { .. }), "{error}");
        assert!(cause.contains("it is none"), "{cause}");
    }
    save(&chain(1), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut newer = bytes.clone();
    newer[8] += 1;
    fs::write(&path, &newer).unwrap();
    assert!(refused(&path).1.contains("version 6, expected 5"));
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(refused(&path).1.contains("bytes, expected"));
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 0x10;
    fs::write(&path, &damaged).unwrap();
    assert!(refused(&path).1.contains("\"incoming links\" is damaged"));
    // Line ends that were converted on the way.
    let converted: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
    fs::write(&path, &converted).unwrap();
    assert!(refused(&path).1.contains("it is none"));
}

/// What a killed save left behind is removed by the next one, and nothing else is.
#[test]
fn files_of_killed_saves_are_removed_at_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.suyuan");
    let own = std::process::id();
    // A process number that no system gives.
    let dead = u32::MAX;
    let gone = [
        format!(".chain.suyuan.{dead}-7-0.tmp"),
        // An earlier process of this one's number.
        format!(".chain.suyuan.{own}-7-3.tmp"),
    ];
    let kept = [
        format!(".other.suyuan.{dead}-7-0.tmp"),
        format!(".chain.suyuan.{dead}-7.tmp"),
        ".chain.suyuan.notes.tmp".to_owned(),
        format!("chain.suyuan.{dead}-7-0.tmp"),
        // A process that lives.
        ".chain.suyuan.1-7-0.tmp".to_owned(),
    ];
    for name in gone.iter().chain(&kept) {
        fs::write(folder.path().join(name), "half").unwrap();
    }
    save(&chain(1), &path).unwrap();
    let mut expected: Vec<String> = kept.to_vec();
    if !Path::new("/proc/self").exists() {
        // Whether another process lives cannot be told.
        expected.push(gone[0].clone());
    }
    expected.push("chain.suyuan".to_owned());
    expected.sort();
    assert_eq!(names(folder.path()), expected);
}
