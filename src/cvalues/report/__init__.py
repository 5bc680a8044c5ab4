"""What a run found, for people: one HTML file and one Markdown file, in Chinese and English.

`build.build_report` makes a `Report` of numbers, manifest and missed cases; `html.render_html` and
`markdown.render_markdown` show it; `summary.summary_table` sets several runs side by side.
"""
