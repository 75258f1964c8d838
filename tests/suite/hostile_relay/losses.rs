//! A relay that says that it has lost its store: when it is believed, and what it gains.

use super::{Scene, attack, doctor, failures, home};
use cairn_core::sync::SyncError;
use cairn_tests::{Forger, Meddler};
use cairn_wire::message::{ChallengeAnswer, Refusal, RefusalCode};
use cairn_wire::{SignedIncarnation, decode_canonical, encode};

attack! {
    /// MS-04, MS-31: somebody who does not have the relay's key claims another incarnation of its store.
    another_store_under_another_key, |seed| {
        let mut scene = Scene::new(seed);
        scene.tablet_writes("not to be sent twice");
        let (sent, before) = (scene.heard.records().len(), home(&scene.tablet));
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            if request.path == "/v1/challenge" {
                let answer: ChallengeAnswer = decode_canonical(&response.body).unwrap();
                let incarnation = SignedIncarnation { incarnation: answer.incarnation.incarnation + 1, ..answer.incarnation };
                let incarnation = Forger::stranger().sign_incarnation(incarnation);
                response.body = encode(&ChallengeAnswer { incarnation, ..answer });
            } else {
                // Whoever has a session is to prove again who they are.
                response.status = RefusalCode::NotAuthorised.http_status();
                response.body = encode(&Refusal::new(RefusalCode::NotAuthorised));
            }
        });
        assert_eq!(failures(&mut scene.tablet, &line), [SyncError::HeadForged]);
        assert_eq!(scene.heard.records().len(), sent, "nothing is sent for the asking");
        assert_eq!(home(&scene.tablet).incarnation, before.incarnation);
        scene.honest_again();
    }, without IncarnationUnsigned
}

attack! {
    /// MS-31: the relay loses its store again and again, to be sent everything each time.
    a_store_that_is_lost_every_hour, |seed| {
        let mut scene = Scene::new(seed);
        scene.world = scene.world.with_nothing_but_its_key(seed);
        scene.phone.sync(&scene.world);
        let sent = scene.heard.records().len();
        for _ in 0..20 {
            scene.world.clock.advance_ms(60 * 60 * 1000);
            let again = scene.world.with_nothing_but_its_key(seed);
            let failed = failures(&mut scene.phone, &again.line());
            assert!(matches!(failed[..], [SyncError::ResyncRequired { .. }]), "{failed:?}");
        }
        assert_eq!(scene.heard.records().len(), sent, "sent once");
        assert!(doctor(&mut scene.phone).0);
        scene.honest_again();
    }, without AnewAtOnce
}
