package org.cairn

import org.cairn.ffi.Moment
import org.cairn.ffi.Precision
import java.time.Instant
import java.time.ZoneId

/** The moment [at] where the person is: now and here, when nothing else is said. */
public fun momentOf(
    at: Instant = Instant.now(),
    zone: ZoneId = ZoneId.systemDefault(),
    precision: Precision = Precision.EXACT,
): Moment = Moment(at, zone.id, precision)
