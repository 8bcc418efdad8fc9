// Who imports Fanfare has events too, the words of HTTP that a program needs (statuses and methods, fields and problems), and
// the configuration.

@_exported public import Answers
@_exported public import EventStream
@_exported public import HTTPMessage
@_exported public import Settings
