//! Whose a place in a bucket is, and what is said where it is not as it should be.

use super::*;

#[test]
fn a_place_serves_one_store_and_no_other_touches_it_unless_its_operator_says_so() {
    let Some(mut home) = Home::new() else { return };
    let whole = content(1, 100);
    assert_eq!(home.put(1, 7, &whole, 0, 100), Ok(100));
    let refused = |opened: Result<Relay, StoreError>| match opened {
        Err(StoreError::Bucket(error)) => error,
        other => panic!("{other:?}"),
    };
    // Another relay, with a key of its own.
    let other = tempfile::tempdir().unwrap();
    let config = with_bucket(StoreConfig::new(other.path()), home.server.place("here"));
    assert_eq!(refused(open(&config)), BucketError::OtherRelay);
    assert!(matches!(
        Relay::begin_incarnation(&config),
        Err(StoreError::Bucket(BucketError::OtherRelay))
    ));
    // This one, when it is told of no bucket, or of another.
    home.relay = None;
    assert_eq!(refused(open(&StoreConfig::new(home.dir.path()))), BucketError::NotNamed);
    let elsewhere = with_bucket(StoreConfig::new(home.dir.path()), home.server.place("elsewhere"));
    assert_eq!(refused(open(&elsewhere)), BucketError::Lost);
    // A copy of it that begins anew by itself, while the one it was made of goes on.
    home.restart();
    let copy = tempfile::tempdir().unwrap();
    let copied = Relay::backup(&home.config, copy.path()).unwrap();
    assert_eq!((copied.blobs_in_bucket, copied.blobs, copied.blobs_left_out), (1, 0, 0));
    let copy_config = with_bucket(StoreConfig::new(copy.path()), home.server.place("here"));
    assert_eq!(refused(open(&copy_config)), BucketError::OtherIncarnation);
    assert_eq!(home.put(2, 8, &whole, 0, 100), Ok(100));
    home.erase(1, 7).unwrap();
    assert_eq!(home.objects().len(), 1);
    // Its operator says so: what the copy says of a blob that has gone since counts no more, and is sent again.
    let incarnation = Relay::begin_incarnation(&copy_config).unwrap();
    let original = home.relay.take().unwrap();
    let original_token = home.token;
    home.config = copy_config;
    home.restart();
    assert_eq!(home.send(&home.request(BlobOp::Stat, 1)).unwrap().0, 0);
    assert_eq!(home.put(1, 7, &whole, 0, 100), Ok(100));
    assert_eq!(home.put(3, 7, &whole, 0, 100), Ok(100));
    let file = home.objects().pop().unwrap();
    let begins = name_of(IN_BUCKET + (u64::from(incarnation) << 30) + 1);
    assert_eq!(file.parent().unwrap().file_name().unwrap().to_str().unwrap(), begins);
    // The one that still ran removes nothing any more, and says so.
    let before = home.objects();
    let copy_token = std::mem::replace(&mut home.token, original_token);
    let copied = home.relay.replace(original).unwrap();
    assert_eq!(home.erase(9, 8).map(|answer| answer.seq), unavailable());
    assert!(home.relay().probe().is_err());
    assert_eq!(home.objects(), before);
    home.token = copy_token;
    home.relay = Some(copied);
    assert_eq!(home.read(3, 0, 100).unwrap(), whole);
}

#[test]
fn a_store_begun_anew_under_its_key_says_so_and_mixes_nothing_up() {
    let Some(mut home) = Home::new() else { return };
    let whole = content(1, 100);
    assert_eq!(home.put(1, 7, &whole, 0, 100), Ok(100));
    home.relay = None;
    lose(home.dir.path());
    assert!(matches!(
        open(&home.config),
        Err(StoreError::Bucket(BucketError::OtherIncarnation))
    ));
    Relay::begin_incarnation(&home.config).unwrap();
    let relay = open(&home.config).unwrap();
    home.token = opened(&relay, 1);
    home.relay = Some(relay);
    let other = content(2, 100);
    assert_eq!(home.put(1, 7, &other, 0, 100), Ok(100), "healed from a device");
    assert_eq!(home.read(1, 0, 100).unwrap(), other);
    assert_eq!(home.objects().len(), 2);
    assert_eq!(home.findings(), ["1 files in the folder of blobs belong to no blob"]);
}

#[test]
fn a_store_that_is_told_of_a_bucket_keeps_what_it_has_in_files_there() {
    let Some(mut home) = Home::new() else { return };
    home.relay = None;
    let dir = tempfile::tempdir().unwrap();
    home.config = StoreConfig::new(dir.path());
    let relay = open(&home.config).unwrap();
    home.token = opened(&relay, 1);
    home.relay = Some(relay);
    let (old, new) = (content(1, 100), content(2, 100));
    assert_eq!(home.put(1, 7, &old, 0, 50), Ok(50));
    home.config = with_bucket(home.config.clone(), home.server.place("there"));
    home.restart();
    assert_eq!(home.put(1, 7, &old, 50, 100), Ok(100));
    assert_eq!(home.put(2, 7, &new, 0, 100), Ok(100));
    assert_eq!(
        (home.read(1, 0, 100).unwrap(), home.read(2, 0, 100).unwrap()),
        (old, new)
    );
    assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 1);
    assert_eq!(objects_in(&home.server.folder("there")).len(), 1);
    assert_eq!(home.findings(), [""; 0]);
    home.erase(1, 7).unwrap();
    assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
    assert_eq!(objects_in(&home.server.folder("there")).len(), 0);
}

#[test]
fn check_finds_what_a_bucket_lost_and_what_is_none_of_its() {
    let Some(home) = Home::new() else { return };
    let whole = content(1, 300);
    assert_eq!(home.put(1, 7, &whole, 0, 100), Ok(100));
    assert_eq!(home.put(1, 7, &whole, 100, 200), Ok(200));
    assert_eq!(home.put(2, 7, &whole, 0, 300), Ok(300));
    assert_eq!(home.findings(), [""; 0]);
    let objects = home.objects();
    fs::remove_file(&objects[0]).unwrap();
    fs::write(home.server.folder("here").join("notes"), "mine").unwrap();
    let strange = home.server.folder("here").join(name_of(IN_BUCKET + (1 << 30)));
    fs::create_dir(&strange).unwrap();
    fs::write(strange.join(name_of(0)), "left").unwrap();
    let findings = home.findings();
    assert_eq!(
        findings,
        [
            "space 1: has a blob of which 200 bytes count, and its file has 0",
            "1 files in the folder of blobs belong to no blob",
            "1 files in the folder of blobs are none of the relay's",
        ]
    );
    let other = with_bucket(home.config.clone(), home.server.place("elsewhere"));
    let mut said = Vec::new();
    Relay::check(&other, |finding| said.push(finding.to_string())).unwrap();
    assert!(
        said.contains(&"the place in the bucket is not said to be this store's".to_owned()),
        "{said:?}"
    );
    assert!(matches!(
        Relay::check(&StoreConfig::new(home.dir.path()), |_| ()),
        Err(StoreError::Bucket(BucketError::NotNamed))
    ));
}

#[test]
fn what_is_wrong_with_a_bucket_is_said_at_the_start() {
    let Some(mut server) = BucketServer::start() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let error = |bucket: Bucket| match open(&with_bucket(StoreConfig::new(dir.path()), bucket)) {
        Err(StoreError::Bucket(error)) => error,
        other => panic!("{other:?}"),
    };
    let mut wrong = server.place("here");
    wrong.credentials = Some(("tester".to_owned(), "hunter3".to_owned()));
    assert_eq!(error(wrong), BucketError::Refused);
    let mut other = Bucket::new("s3://not-there").unwrap();
    let place = server.place("here");
    (other.endpoint, other.region, other.plain_http) = (place.endpoint.clone(), place.region.clone(), true);
    other.credentials = place.credentials.clone();
    assert_eq!(error(other), BucketError::NotThere);
    server.stop();
    assert_eq!(error(place), BucketError::Unreachable);
}
