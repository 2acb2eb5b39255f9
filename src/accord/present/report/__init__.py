"""One self-contained page about a run: the verdict, four figures, tables, assumptions, provenance and limits."""

def pages(outcome, record):
    return {}
