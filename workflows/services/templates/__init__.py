"""Templates: workflows to begin with, of which a workspace makes its own.

`library` finds them, `reading` reads their files, `forking` makes drafts of them, `provenance` says what a workflow was
made of, and `updating` brings it up to what its template says by now.
"""
