//! Search in the scripts people write: words of a sentence are found, and words that are not in it are not.

use super::*;
use crate::journal::SearchQuery;
use proptest::prelude::*;

fn is_found(shelf: &Shelf, words: &str) -> bool {
    !shelf
        .store
        .view()
        .search(&SearchQuery::newest(words, 5))
        .unwrap()
        .is_empty()
}

/// A language, a sentence of it, words that must be found, and words that must not.
type Sentence = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const SENTENCES: &[Sentence] = &[
    (
        "Japanese",
        "昨日、東京駅の近くで古いiPhoneを買って、母に電話をかけた。サミシイ夜だった。",
        &[
            "東京",
            "東京駅",
            "京駅",
            "電話",
            "iphone",
            "母",
            "夜",
            "買って",
            "電話をかけた",
            "サミシイ",
            "ｻﾐｼｲ",
            "電話 東京",
        ],
        &["京都", "朝", "東駅", "さみしい", "phone", "電話 朝"],
    ),
    (
        "Chinese, simplified",
        "今天我在公园里散步，遇见了老朋友，我们聊了很久。",
        &["公园", "散步", "老朋友", "朋友", "遇见", "聊", "今天 朋友"],
        &["学校", "园公", "明天", "步散"],
    ),
    (
        "Chinese, traditional",
        "早上喝了一杯熱茶，心裡平靜了一些。",
        &["熱茶", "平靜", "早上", "一杯"],
        &["咖啡", "茶熱", "晚上"],
    ),
    (
        "Korean",
        "어제 학교에서 친구를 만났고 집으로 걸어왔다.",
        &["학교", "친구", "학교에서", "집", "걸어", "어제 친구"],
        &["회사", "학생", "교학", "내일"],
    ),
    (
        "Thai",
        "เมื่อวานฉันไปตลาดกับแม่และซื้อผลไม้กลับบ้าน",
        &["ตลาด", "แม่", "ผลไม้", "บ้าน", "เมื่อวาน", "ไปตลาด"],
        &["โรงเรียน", "พ่อ", "พรุ่งนี้", "ดตลา"],
    ),
    ("Lao", "ມື້ນີ້ຂ້ອຍໄປຕະຫຼາດກັບໝູ່", &["ຕະຫຼາດ", "ໝູ່", "ມື້ນີ້"], &["ໂຮງຮຽນ", "ມື້ອື່ນ"]),
    (
        "Khmer",
        "ថ្ងៃនេះខ្ញុំទៅផ្សារជាមួយម្តាយ",
        &["ផ្សារ", "ម្តាយ", "ថ្ងៃនេះ"],
        &["សាលា", "ឪពុក"],
    ),
    (
        "Burmese",
        "ဒီနေ့ ကျွန်တော် ဈေးကိုသွားတယ်",
        &["ဈေး", "သွား", "ဒီနေ့"],
        &["ကျောင်း", "မနက်ဖြန်"],
    ),
    (
        "Arabic, with and without vowels",
        "ذَهَبْتُ إلى المَدْرَسَةِ مع أحمد وكتبتُ رسالةً طويلة.",
        &[
            "ذهبت",
            "المدرسة",
            "مدرسة",
            "مدرسه",
            "احمد",
            "أحمد",
            "كتبت",
            "رسالة",
            "الى",
            "طويل",
        ],
        &["بيت", "درس", "محمد", "سالة"],
    ),
    (
        "Persian",
        "دیروز با خواهرم به کتاب‌خانه رفتم و کتابی گرفتم.",
        &["دیروز", "ديروز", "کتاب", "كتاب", "خواهرم", "کتابخانه"],
        &["برادر", "فردا"],
    ),
    (
        "Hebrew",
        "אתמול הלכתי לים עם אמא וישבנו בבית קפה. שָׁלוֹם.",
        &["אתמול", "ים", "בית", "קפה", "שלום", "וישבנו", "אמא"],
        &["אבא", "מחר", "ספר"],
    ),
    (
        "Hindi",
        "आज मैंने हिन्दी में एक लम्बी चिट्ठी लिखी और क़लम टूट गई।",
        &["हिन्दी", "चिट्ठी", "लिखी", "क़लम", "कलम", "आज"],
        &["हन्दी", "हिन्दू", "शाम", "ठी"],
    ),
    (
        "Tamil",
        "இன்று நான் கடற்கரையில் நடந்தேன்.",
        &["இன்று", "நடந்தேன்", "கடற்கரை"],
        &["நாளை", "கடல்"],
    ),
    (
        "Bengali",
        "আজ বৃষ্টিতে ভিজে বাড়ি ফিরলাম।",
        &["আজ", "বৃষ্টি", "বাড়ি", "ফিরলাম"],
        &["কাল", "রোদ"],
    ),
    (
        "Greek",
        "Σήμερα περπάτησα δίπλα στη θάλασσα με τον Ανδρέας.",
        &["σημερα", "ΘΑΛΑΣΣΑ", "θάλασσα", "ΑΝΔΡΈΑΣ", "περπ"],
        &["βουνό", "αλασσα"],
    ),
    (
        "Russian",
        "Сегодня я ещё раз прошёл мимо ёлки и зашёл к бабушке.",
        &["сегодня", "еще", "ещё", "ёлки", "елки", "БАБУШКЕ", "прош"],
        &["вчера", "бушке"],
    ),
    (
        "Turkish",
        "İstanbul'da ılık bir akşamdı, çay içtik.",
        &["istanbul", "İSTANBUL", "ılık", "ilik", "akşam", "cay"],
        &["sabah", "stanbul"],
    ),
    (
        "Vietnamese",
        "Hôm qua tôi đi bộ trên đường phố Hà Nội.",
        &["hôm qua", "hom qua", "đường", "duong", "ha noi", "phố"],
        &["ngày mai", "oi"],
    ),
    (
        "German",
        "Auf der Straße lag Schnee, und ich war müde, aber süß getröstet.",
        &["strasse", "STRASSE", "straße", "mude", "müde", "suss", "getrost"],
        &["sonne", "traße"],
    ),
    (
        "Georgian",
        "დღეს მთაში ვიყავი და თოვლი მოვიდა.",
        &["დღეს", "მთაში", "თოვლი"],
        &["ხვალ", "ოვლი"],
    ),
    ("Amharic", "ዛሬ ከእናቴ ጋር ቡና ጠጣሁ።", &["ዛሬ", "ቡና", "ጠጣሁ"], &["ነገ", "ሻይ"]),
    (
        "numbers in the digits of other places",
        "٢٠٢٦ / २०२६ / ２０２６",
        &["2026", "٢٠٢٦", "202"],
        &["2025", "026"],
    ),
];

#[test]
fn words_of_a_sentence_are_found_and_other_words_are_not() {
    for (language, sentence, inside, outside) in SENTENCES {
        let mut shelf = Shelf::new();
        let in_pieces: String = unicode_normalization::UnicodeNormalization::nfd(*sentence).collect();
        shelf.write(|tx| tx.put_entry(&entry(1, 0, "", sentence)));
        for form in [*sentence, in_pieces.as_str()] {
            shelf.write(|tx| tx.put_entry(&entry(1, 0, "", form)));
            for word in *inside {
                assert!(is_found(&shelf, word), "{language}: {word} is there");
            }
            for word in *outside {
                assert!(!is_found(&shelf, word), "{language}: {word} is not there");
            }
        }
        assert_eq!(shelf.store.examine(), Ok(()), "{language}");
    }
}

#[test]
fn every_snippet_marks_what_was_looked_for_and_keeps_the_sentence() {
    for (language, sentence, inside, _) in SENTENCES {
        let mut shelf = Shelf::new();
        shelf.write(|tx| tx.put_entry(&entry(1, 0, "", sentence)));
        for word in *inside {
            let hits = shelf.store.view().search(&SearchQuery::newest(*word, 5)).unwrap();
            let snippet = &hits[0].snippet;
            assert!(
                snippet.contains('\u{2}') && snippet.contains('\u{3}'),
                "{language}: {word}: {snippet}"
            );
            let plain = snippet.replace(['\u{2}', '\u{3}'], "");
            assert!(
                sentence.contains(plain.trim_matches('…')),
                "{language}: {word}: {plain}"
            );
        }
    }
}

/// A beginning and an end within a text, at its characters.
fn within(text: &str, from: usize, length: usize) -> String {
    text.chars().skip(from).take(length).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_two_or_more_characters_of_a_run_without_blanks_are_found(
        run in prop_oneof!["[ぁ-ゖ]{2,30}", "[ァ-ヺー]{2,30}", "[一-龥]{2,30}", "[가-힣]{2,30}", "[ก-ฮะ-ูเ-์]{2,30}"],
        from in 0..29_usize,
        length in 2..12_usize,
    ) {
        let count = run.chars().count();
        let from = from % (count - 1);
        let part = within(&run, from, length);
        let mut shelf = Shelf::new();
        shelf.write(|tx| tx.put_entry(&entry(1, 0, "", &format!("before {run}。after"))));
        prop_assert!(is_found(&shelf, &part), "{} in {}", part, run);
        prop_assert!(is_found(&shelf, &within(&run, from, 1)), "one character of {}", run);
    }

    #[test]
    fn in_scripts_with_blanks_search_answers_what_reading_every_text_would(
        texts in proptest::collection::vec("[abAB]{1,3}([ ,.'-][abà]{1,3}){0,6}", 1..12),
        typed in "[ab]{1,3}( [abB]{1,3}){0,2}",
    ) {
        let mut shelf = Shelf::new();
        for (n, text) in (1..).zip(&texts) {
            shelf.write(|tx| tx.put_entry(&entry(n, i64::from(n), "", text)));
        }
        let plain = |text: &str| -> Vec<String> {
            let text = text.to_lowercase().replace('à', "a");
            text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
        };
        let wanted = plain(&typed);
        let (last, others) = wanted.split_last().unwrap();
        let holds = |text: &&String| {
            let words = plain(text);
            others.iter().all(|word| words.contains(word)) && words.iter().any(|word| word.starts_with(last))
        };
        let expected: Vec<&String> = texts.iter().rev().filter(holds).collect();
        let hits = shelf.store.view().search(&SearchQuery::newest(&*typed, 50)).unwrap();
        let found: Vec<&String> = hits.iter().map(|hit| &hit.entry.body).collect();
        prop_assert_eq!(found, expected);
    }
}
