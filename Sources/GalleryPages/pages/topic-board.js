<p>topic-board.js</p>
