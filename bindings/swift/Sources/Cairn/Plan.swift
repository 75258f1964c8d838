import CairnFFI
import Foundation

extension Vault {
    /// The plan for hard times and the support lines of the vault in this folder, without its key and without opening it: for
    /// the screen before the lock. Nothing where the person did not allow that. It asks the key store for `cairn.plan-key`
    /// alone: keep that secret where it can be read while the journal is locked.
    public static func openPlan(_ config: VaultConfig, keyStore: any KeyStore) async throws -> OpenPlan? {
        try await call { try await CairnFFI.openPlan(config: config, keyStore: keyStore) }
    }
}

extension Profile {
    /// The plan for hard times. Show it when the person asks for it, never by itself.
    public func plan() async throws -> Plan {
        try await call { try await inner.plan() }
    }

    /// Keeps a line at the end of a list of the plan; answers its id.
    public func addPlanItem(_ text: String, to list: PlanList) async throws -> UUID {
        try await call { try await inner.addPlanItem(list: list, text: text) }
    }

    /// Changes the words of a line, or the list it stands in.
    public func setPlanItem(_ id: UUID, to text: String, in list: PlanList) async throws {
        try await call { try await inner.setPlanItem(id: id, list: list, text: text) }
    }

    /// Moves a line to stand before another one of its list, or last.
    public func movePlanItem(_ id: UUID, before: UUID? = nil) async throws {
        try await call { try await inner.movePlanItem(id: id, before: before) }
    }

    /// Takes a line out of the plan.
    public func removePlanItem(_ id: UUID) async throws {
        try await call { try await inner.removePlanItem(id: id) }
    }

    /// What keeps the person going, in their own words and order. Put a way to it beside the plan, and show it when they take
    /// that way: never by itself, in no notification and in nothing that is shared. It stays behind the lock where the plan opens
    /// without unlocking.
    public func mainstays() async throws -> [Mainstay] {
        try await call { try await inner.mainstays() }
    }

    /// Keeps something that keeps the person going, at the end of their list; answers its id.
    public func addMainstay(_ text: String) async throws -> UUID {
        try await call { try await inner.addMainstay(text: text) }
    }

    /// Changes the words of one of them.
    public func setMainstay(_ id: UUID, to text: String) async throws {
        try await call { try await inner.setMainstay(id: id, text: text) }
    }

    /// Moves one of them to stand before another one, or last.
    public func moveMainstay(_ id: UUID, before: UUID? = nil) async throws {
        try await call { try await inner.moveMainstay(id: id, before: before) }
    }

    /// Takes one of them away.
    public func removeMainstay(_ id: UUID) async throws {
        try await call { try await inner.removeMainstay(id: id) }
    }

    /// Says who and what is to be looked after.
    public func setLookingAfter(_ said: LookingAfter) async throws {
        try await call { try await inner.setLookingAfter(said: said) }
    }

    /// Lets documents go with the plan, in this order, in place of those before.
    public func setPlanAttached(_ attached: [UUID]) async throws {
        try await call { try await inner.setPlanAttached(attached: attached) }
    }

    /// Lets the plan be read without unlocking the journal, on all the person's devices, or no more.
    public func setPlanOpens(_ opens: Bool) async throws {
        try await call { try await inner.setPlanOpens(opens: opens) }
    }
}
