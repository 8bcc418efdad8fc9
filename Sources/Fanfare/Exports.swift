// Who imports Fanfare has all that is public below it: events, the words of HTTP that a program needs, problems, what is told of
// streams, and the configuration.

@_exported public import Answers
@_exported public import EventStream
@_exported public import HTTPMessage
@_exported public import Settings
