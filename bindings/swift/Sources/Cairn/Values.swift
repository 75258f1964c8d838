import CairnFFI
import Foundation

// The values of the generated layer, under the one name that apps import. They are immutable and `Sendable`.

public typealias About = CairnFFI.About
public typealias Acceptance = CairnFFI.Acceptance
public typealias AddedBy = CairnFFI.AddedBy
public typealias Address = CairnFFI.Address
public typealias Advice = CairnFFI.Advice
public typealias Agreement = CairnFFI.Agreement
public typealias Arrival = CairnFFI.Arrival
public typealias Asked = CairnFFI.Asked
public typealias AttachOptions = CairnFFI.AttachOptions
public typealias Attached = CairnFFI.Attached
public typealias Attachment = CairnFFI.Attachment
public typealias AttachmentKind = CairnFFI.AttachmentKind
public typealias AttachmentPolicy = CairnFFI.AttachmentPolicy
public typealias AttachmentProgress = CairnFFI.AttachmentProgress
public typealias AttachmentState = CairnFFI.AttachmentState
public typealias CalendarMonth = CairnFFI.CalendarMonth
public typealias Carried = CairnFFI.Carried
public typealias Change = CairnFFI.Change
public typealias ContactHours = CairnFFI.ContactHours
public typealias ContactWindow = CairnFFI.ContactWindow
public typealias Cursor = CairnFFI.Cursor
public typealias Declaration = CairnFFI.Declaration
public typealias Device = CairnFFI.Device
public typealias Doctor = CairnFFI.Doctor
public typealias Draft = CairnFFI.Draft
public typealias DraftKind = CairnFFI.DraftKind
public typealias Editing = CairnFFI.Editing
public typealias Entry = CairnFFI.Entry
public typealias EntryFilter = CairnFFI.EntryFilter
public typealias EntryForEditing = CairnFFI.EntryForEditing
public typealias EntryPage = CairnFFI.EntryPage
public typealias EntryQuery = CairnFFI.EntryQuery
public typealias Erasure = CairnFFI.Erasure
public typealias ExportFormat = CairnFFI.ExportFormat
public typealias ExportOptions = CairnFFI.ExportOptions
public typealias ExportResult = CairnFFI.ExportResult
public typealias Feedback = CairnFFI.Feedback
public typealias FeedbackResponse = CairnFFI.FeedbackResponse
public typealias FeelingWord = CairnFFI.FeelingWord
public typealias FeltFor = CairnFFI.FeltFor
public typealias FeltHeard = CairnFFI.FeltHeard
public typealias FeltPushed = CairnFFI.FeltPushed
public typealias ForWhom = CairnFFI.ForWhom
public typealias Handshake = CairnFFI.Handshake
public typealias Hope = CairnFFI.Hope
public typealias HopeState = CairnFFI.HopeState
public typealias ImportFormat = CairnFFI.ImportFormat
public typealias ImportOptions = CairnFFI.ImportOptions
public typealias ImportPreview = CairnFFI.ImportPreview
public typealias ImportResult = CairnFFI.ImportResult
public typealias ImportSkip = CairnFFI.ImportSkip
public typealias Invitation = CairnFFI.Invitation
public typealias KeptDraft = CairnFFI.KeptDraft
public typealias KeptFeedback = CairnFFI.KeptFeedback
public typealias KeyStore = CairnFFI.KeyStore
public typealias KeyStoreError = CairnFFI.KeyStoreError
public typealias LivedExperience = CairnFFI.LivedExperience
public typealias LookingAfter = CairnFFI.LookingAfter
public typealias Message = CairnFFI.Message
public typealias Meeting = CairnFFI.Meeting
public typealias MeetingLine = CairnFFI.MeetingLine
public typealias MeetingPart = CairnFFI.MeetingPart
public typealias MessageKind = CairnFFI.MessageKind
public typealias MessageState = CairnFFI.MessageState
public typealias Moment = CairnFFI.Moment
public typealias NewMessage = CairnFFI.NewMessage
public typealias NewShare = CairnFFI.NewShare
public typealias NoticeChoice = CairnFFI.NoticeChoice
public typealias Notice = CairnFFI.Notice
public typealias OfferedSection = CairnFFI.OfferedSection
public typealias OpenPlan = CairnFFI.OpenPlan
public typealias OwnStories = CairnFFI.OwnStories
public typealias Parts = CairnFFI.Parts
public typealias PeopleOrder = CairnFFI.PeopleOrder
public typealias PhraseLength = CairnFFI.PhraseLength
public typealias Place = CairnFFI.Place
public typealias Plan = CairnFFI.Plan
public typealias PlanItem = CairnFFI.PlanItem
public typealias Mainstay = CairnFFI.Mainstay
public typealias PlanList = CairnFFI.PlanList
public typealias Precision = CairnFFI.Precision
public typealias PreferenceRevision = CairnFFI.PreferenceRevision
public typealias Preferences = CairnFFI.Preferences
public typealias PriorConnection = CairnFFI.PriorConnection
public typealias Prompt = CairnFFI.Prompt
public typealias PromptGroup = CairnFFI.PromptGroup
public typealias ProposedAgreement = CairnFFI.ProposedAgreement
public typealias Reach = CairnFFI.Reach
public typealias ReceiptShape = CairnFFI.ReceiptShape
public typealias RecoveryState = CairnFFI.RecoveryState
public typealias ReflectionDecision = CairnFFI.ReflectionDecision
public typealias Relationship = CairnFFI.Relationship
public typealias RelationshipStatus = CairnFFI.RelationshipStatus
public typealias Reminder = CairnFFI.Reminder
public typealias Repaired = CairnFFI.Repaired
public typealias Resource = CairnFFI.Resource
public typealias RestoreResult = CairnFFI.RestoreResult
public typealias Revision = CairnFFI.Revision
public typealias Role = CairnFFI.Role
public typealias Said = CairnFFI.Said
public typealias SearchHit = CairnFFI.SearchHit
public typealias Section = CairnFFI.Section
public typealias SelfReflection = CairnFFI.SelfReflection
public typealias Settings = CairnFFI.Settings
public typealias Share = CairnFFI.Share
public typealias ShareEnd = CairnFFI.ShareEnd
public typealias ShareState = CairnFFI.ShareState
public typealias SharedAttachment = CairnFFI.SharedAttachment
public typealias SharedCard = CairnFFI.SharedCard
public typealias SharedLine = CairnFFI.SharedLine
public typealias SharedPart = CairnFFI.SharedPart
public typealias SharedWithMe = CairnFFI.SharedWithMe
public typealias ShownDigits = CairnFFI.ShownDigits
public typealias ShownSection = CairnFFI.ShownSection
public typealias ShownStatement = CairnFFI.ShownStatement
public typealias ShownTime = CairnFFI.ShownTime
public typealias Shredding = CairnFFI.Shredding
public typealias SkippedEntry = CairnFFI.SkippedEntry
public typealias Stance = CairnFFI.Stance
public typealias StateOfMind = CairnFFI.StateOfMind
public typealias StateOfMindSample = CairnFFI.StateOfMindSample
public typealias Statement = CairnFFI.Statement
public typealias StatementDraft = CairnFFI.StatementDraft
public typealias Story = CairnFFI.Story
public typealias SupportLine = CairnFFI.SupportLine
public typealias SupportWanted = CairnFFI.SupportWanted
public typealias Switch = CairnFFI.Switch
public typealias SyncOutcome = CairnFFI.SyncOutcome
public typealias SyncReport = CairnFFI.SyncReport
public typealias SyncStatus = CairnFFI.SyncStatus
public typealias TheyAsked = CairnFFI.TheyAsked
public typealias Transport = CairnFFI.Transport
public typealias TransportError = CairnFFI.TransportError
public typealias TransportRequest = CairnFFI.TransportRequest
public typealias TransportResponse = CairnFFI.TransportResponse
public typealias UpcomingReminder = CairnFFI.UpcomingReminder
public typealias VaultConfig = CairnFFI.VaultConfig
public typealias WakeOffer = CairnFFI.WakeOffer
public typealias Waking = CairnFFI.Waking
public typealias Weekday = CairnFFI.Weekday
public typealias Wishes = CairnFFI.Wishes
public typealias WordKind = CairnFFI.WordKind

// The generator writes the cases of errors in upper case; these are for Swift.

extension KeyStoreError {
    /// The device is locked, or the person did not let it open.
    public static var locked: Self { .Locked }
    /// The key store itself failed.
    public static var failed: Self { .Failed }
}

extension TransportError {
    /// There is no network, or the relay does not answer.
    public static var offline: Self { .Offline }
    /// The relay did not come to an end in time.
    public static var timedOut: Self { .TimedOut }
    /// The answer is larger than any honest one: more than 8 MiB.
    public static var tooLarge: Self { .TooLarge }
}

extension Moment {
    /// The moment `at` where the person is: now and here, when nothing else is said.
    public static func of(_ at: Date = Date(), zone: TimeZone = .current, precision: Precision = .exact) -> Moment {
        Moment(at: at, zone: zone.identifier, precision: precision)
    }
}

extension SearchHit {
    /// The place after this hit, for the next page of its search.
    public var cursor: Cursor { Cursor(at: entry.happened.at, entry: entry.id) }
}
