//! What comes with the software: questions, words for feelings, support lines, examples of paths. No data: a journal keeps only what its
//! participant made of them.

use crate::id::SectionId;
use crate::profile::{AddedBy, DefaultSection, FeelingWord, Prompt, PromptGroup, Reach, SupportLine};
use crate::words;

/// The bundled questions in their order, with the participant's word for recovery.
pub(super) fn prompts(recovery: &str) -> Vec<Prompt> {
    let word = words::sections::recovery_word(recovery);
    words::prompts::PROMPTS
        .iter()
        .map(|(id, group, is_tender, question)| Prompt {
            id: (*id).to_owned(),
            text: question.with(&[("recovery", word)]),
            group: PromptGroup::from_code(group).unwrap_or(PromptGroup::Own),
            is_tender: *is_tender,
            hidden: false,
            is_own: false,
            asked_by: None,
            order: 0,
        })
        .collect()
}

/// The bundled words for feelings.
pub(super) fn feelings() -> Vec<FeelingWord> {
    words::feelings::FEELINGS
        .iter()
        .zip(1..)
        .map(|(word, label)| FeelingWord {
            id: format!("hk-{label}"),
            word: word.text.to_owned(),
            lang: words::feelings::FEELINGS_LANG.to_owned(),
            aliases: Vec::new(),
            label: Some(label),
            hidden: false,
            added_by: AddedBy::Bundled,
        })
        .collect()
}

/// The bundled support lines. Nobody has checked them here, so none carries a date.
pub(super) fn lines() -> Vec<SupportLine> {
    words::lines::LINES
        .iter()
        .map(|(id, region, name, reach, number)| SupportLine {
            region: (*region).to_owned(),
            name: (*name).to_owned(),
            reach: Reach::from_code(reach).unwrap_or(Reach::Call),
            number: (*number).to_owned(),
            source: words::lines::SOURCE.text.to_owned(),
            is_bundled: true,
            ..SupportLine::new(*id)
        })
        .collect()
}

/// Words that a section can begin with, in the order of the alphabet: paths have some, everything else begins empty. They are examples: whoever
/// takes one up states it as their own words, and nothing remembers where it came from.
pub fn section_examples(section: SectionId) -> Vec<String> {
    match DefaultSection::from_id(section) {
        Some(DefaultSection::Paths) => words::paths::PATHS.iter().map(|path| path.text.to_owned()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::LABEL_MAX;

    #[test]
    fn every_bundled_thing_is_what_its_words_say() {
        let prompts = prompts("getting by");
        assert!(
            prompts
                .iter()
                .all(|prompt| prompt.group != PromptGroup::Own && !prompt.text.contains('{'))
        );
        let ids: Vec<String> = (1..=28).map(|n| format!("P-{n:02}")).collect();
        assert_eq!(prompts.iter().map(|prompt| prompt.id.clone()).collect::<Vec<_>>(), ids);
        let tender: Vec<&str> = prompts
            .iter()
            .filter(|one| one.is_tender)
            .map(|one| one.id.as_str())
            .collect();
        assert_eq!(tender, ["P-16", "P-17", "P-18"]);
        assert!(prompts.iter().any(|prompt| prompt.text.contains("getting by")));

        let feelings = feelings();
        assert_eq!(feelings.len(), usize::from(LABEL_MAX));
        assert_eq!(
            feelings.iter().filter_map(|one| one.label).collect::<Vec<_>>(),
            (1..=LABEL_MAX).collect::<Vec<_>>()
        );
        assert_eq!(
            (feelings[16].word.as_str(), feelings[37].word.as_str()),
            ("happy", "satisfied")
        );

        let paths = section_examples(DefaultSection::Paths.id());
        assert!(paths.len() > 10 && paths.is_sorted() && paths.iter().any(|path| path == "no label"));
        for section in DefaultSection::ALL
            .into_iter()
            .filter(|one| *one != DefaultSection::Paths)
        {
            assert!(section_examples(section.id()).is_empty(), "{section:?}");
        }

        for line in lines() {
            assert!(
                line.checked_on.is_none() && line.source.contains("not verified"),
                "{}",
                line.id
            );
        }
    }
}
