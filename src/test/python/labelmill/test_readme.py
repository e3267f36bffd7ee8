"""What README.md and the page of Python show, run."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[4]


def blocks(page):
    return re.findall(r"```python\n(.*?)```", (PROJECT / page).read_text(), re.DOTALL)


def test_the_lines_of_the_readme_run(spark, model, images):
    (lines,) = [block for block in blocks("README.md") if "import labelmill" in block]
    code = [line for line in lines.splitlines() if not line.startswith("#")]
    assert len(code) == 4
    program = "\n".join(code)
    for written, here in [
        ("hf://microsoft/beit-base-patch16-224", model),
        ("photos/", images + "/fridge_00*.jpg"),
    ]:
        assert written in program
        program = program.replace(written, here)
    names = {"spark": spark}
    exec(program, names)
    assert names["labelled"].where("status = 'OK'").count() == 10


def test_the_lines_of_the_page_name_what_there_is():
    import labelmill

    for block in blocks("src/docs/python.md"):
        compile(block, "python.md", "exec")
        for name in re.findall(r"labelmill\.(\w+)\(", block):
            assert name in labelmill.__all__
