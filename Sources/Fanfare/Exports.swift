// Who imports Fanfare has events too, and the words of HTTP that a program needs: statuses and methods, fields and
// problems.

@_exported public import Answers
@_exported public import EventStream
@_exported public import HTTPMessage
