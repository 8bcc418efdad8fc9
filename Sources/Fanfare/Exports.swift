// Who imports Fanfare has events too.

@_exported public import EventStream
