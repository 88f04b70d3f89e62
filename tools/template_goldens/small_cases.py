# Small templates, each about one rule of the language.
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

VARIABLES = {
    "n": 7, "f": 2.5, "s": "Hello, World", "u": "äß€😀 x", "empty": "", "yes": True, "no": False, "nil": None,
    "l": [3, 1, 2], "words": ["beta", "Alpha", "gamma", "alpha"], "d": {"b": 1, "a": [1, None], "items": 5},
    "people": [{"name": "Ann", "age": 30, "tags": {"x": 1}}, {"name": "bob", "age": 25}, {"name": "Cy", "age": 30}],
    "nested": [[1, 2], [3, 4]], "quote": "it's", "both": "it's \"q\"", "lines": "one\n\ntwo\nthree",
    "tree": [{"v": 1, "kids": [{"v": 2, "kids": []}, {"v": 3, "kids": [{"v": 4, "kids": []}]}]}],
}

EXPRESSIONS = """
1 + 2 * 3
(1 + 2) * 3
7 // 2
-7 // 2
7 % 3
-7 % 3
7 % -3
7 / 2
6 / 3
2 ** 10
-2 ** 2
2 ** -1
2 ** 3 ** 2
7.5 // 2
-7.5 % 2
1e3
1.5e-7
1e16
123456789012345680.0
0.1 + 0.2
1 / 3
100000.0
0x1F
1_000
0b101
0o17
n - -1
+n
-f
-n|abs
1 + -2|abs
n ~ f ~ yes ~ nil
n ~ 1 + 2
1 ~ 2 * 3
'a' 'b' "c"
'a' + 'b'
'ab' * 3
3 * 'ab'
[1] * 2
[1, 2] + [3]
(1, 2) + (3,)
()
(1,)
(1)
[1, 'a', none, true, 2.0]
{'a': 1, 'b': [1, 2], 3: none}
{1: 2}[1]
{'a': 1}['b']
{'a': 1}.a
'a' + 1
undef + 'a'
'a' + undef
undef
undef.x
undef['x']
d.zzz
d.zzz.y
nil.x
nil['x']
nil[0]
d.b
d['b']
d['items']
d.items()
d.items()|list
d.keys()|list
d.values()|list
d.keys()
d.get('b')
d.get('zz')
d.get('zz', 9)
'b' in d
'z' not in d
'ell' in s
2 in l
not 2 in l
5 in nil
1 in 'abc'
none in [none]
1 < 2 < 3
1 < 3 < 2
1 < 2 == true
3 > 2 >= 2
1 == 1.0
true == 1
'1' == 1
'a' < 'b'
[1, 2] < [1, 3]
'a' < 1
none < 1
undef == undef
undef == none
undef < 1
none == none
yes and no
n and s
0 or 'x'
'' or none
none or undef or 5
not yes
not not n
not n == 7
not undef is defined
n if yes
n if no
(n if no) is defined
'a' if n > 5 else 'b'
'a' if no else 'b' if no else 'c'
s[0]
s[-1]
s[99]
s[1:4]
s[:3]
s[-3:]
s[::-1]
s[::2]
s[10:2]
s[99:]
s[5:1:-2]
u[0] ~ u[3]
u[::-1]
u[1:4]
u|length
l[0]
l[-1]
l[1:]
l[:-1]
l[::-1]
l[5]
l['x']
l.0
nested[1][0]
l[0:3:0]
nested[0, 1]
loop
s.upper()
s.lower()
s.split(', ')
s.split()
'  a  b c '.split()
'  a  b c '.split(none, 1)
'a,b,c'.split(',', 1)
'a,b,c'.rsplit(',', 1)
'  a  b c '.rsplit(none, 1)
'a,b'.split('')
'  x '.strip() ~ '|'
'xxaxx'.strip('x')
'xyaxy'.lstrip('xy')
'a\\n\\n'.rstrip('\\n') ~ '|'
s.startswith('Hell')
s.startswith(('a', 'H'))
s.endswith(('x', 'ld'))
s.replace('l', 'L')
s.replace('l', 'L', 2)
'abc'.replace('', '-')
s.find('World')
s.find('zz')
u.find('😀')
s.count('l')
'a b-c'.title()
"they're".title()
'aBC dEF'.capitalize()
'{} and {}'.format(1, 'x')
'{1}{0}'.format(1, 2)
'{a}'.format(a=5)
'{:.2f}'.format(3.14159)
'{:,}'.format(1234567)
'{:,}|{:,}|{:,}'.format(-1234567, 123, 0)
'{:,.2f}'.format(1234567.891)
'{:,.1f}'.format(-999.95)
'{:,d}'.format(1000)
'{:,}'.format(12345.5)
'{:>8.3f}|'.format(f)
'{:<8}|{:>8}|{:^8}|{:^7}|'.format('ab', 'ab', 'ab', 'ab')
'{:<8}|{:>8}|{:^8}|{:8}|'.format(42, 42, 42, 42)
'{:*^9}|{:0>5}|{:😀<3}|{:<<3}|'.format('ab', 7, 'x', 'y')
'{:05}|{:05d}|{:=5}|{:*=5}'.format(-42, -42, -42, -42)
'{:05}'.format('ab')
'{:+}|{:+}|{: }|{:-}|{:+.1f}'.format(5, -5, 5, 5, 2.25)
'{:.3}|{:5.2}|{:s}|{:>4s}'.format('abcdef', 'abcdef', 'q', u[:2])
'{:x}|{:4x}|{:04x}|{:x}'.format(255, 255, 255, -255)
'{:f}|{:.0f}|{:f}|{:f}'.format(2.5, 2.5, 3, true)
'{:>6}|{:<8}|'.format(2.5, 1e16)
'{}|{:5}|{:d}|{:,}'.format(true, true, true, false)
'{0:>4}{1:<4}{a:^5}|'.format(1, 'x', a='y')
'{:d}'.format(2.5)
'{:d}'.format('x')
'{:s}'.format(5)
'{:.2}'.format(5)
'{:,}'.format('x')
'{:+}'.format('x')
'{:=5}'.format('x')
'{:>5}'.format(nil)
'{:5}'.format(l)
'{:5}'.format(undef)
'{}|{}'.format(undef, l)
'{'.format(1)
'}'.format(1)
'{:.f}'.format(1.5)
'{:5.}'.format('x')
'{:q}'.format(1)
'{{}}'.format()
'%s is %d' % ('x', 5)
'%s' % s
'%.1f%%' % 12.34
'%5d|%-5s|' % (3, 'a')
', '.join(['a', 'b'])
', '.join([1])
'a\\nb\\r\\nc'.splitlines()
'ab12'.isalnum()
'12'.isdigit()
'a.b'.partition('.')
'a.b.c'.rpartition('.')
'prefix-x'.removeprefix('prefix-')
s.nothing
l.append(4)
l.index(1)
d.update({'q': 1})
n is defined
zz is defined
zz is undefined
nil is none
nil is not none
s is string
l is string
l is iterable
s is iterable
undef is iterable
n is iterable
d is mapping
l is mapping
l is sequence
d is sequence
s is sequence
d.items() is sequence
yes is boolean
n is boolean
yes is true
1 is true
no is false
n is number
yes is number
yes is integer
f is float
n is integer
n is odd
n is even
n is divisibleby 7
n is divisibleby(3)
n is in [1, 7]
n is eq 7
n is equalto 8
n is sameas 7
range is callable
s is callable
'abc' is lower
'ABC' is upper
n is not odd
s is string and n is odd
n is odd or zz
l|tojson
d|tojson
d|tojson(indent=2)
d|tojson(indent=4, sort_keys=true)
[]|tojson(indent=2) ~ {}|tojson(indent=2)
u|tojson
u|tojson(ensure_ascii=true)
'<a href="x">&\\'\\n\\t\\x01\\x7f</a>'|tojson
{'a': 1.0, 'b': true, 'c': none, 1: 2}|tojson
[1, [2, {'x': []}]]|tojson(separators=(',', ':'))
(1, 2)|tojson
undef|tojson
d.keys()|tojson
people|tojson
'{"a": [1, 2.5, "x\\\\u00e9\\\\n", null, true]}'|from_json
s|length
l|count
undef|length
n|length
nil|length
d|length
s|upper|lower|title
'hello wORLD foo-bar (baz)'|title
'hELLO'|capitalize
none|upper
'  x '|trim ~ '|'
'xxaxx'|trim('x')
none|trim
n|string ~ 'x'
undef|default('dflt')
nil|default('dflt')
nil|default('dflt', true)
''|default('dflt', boolean=true)
0|d(5, true)
undef|default
l|join(',')
[1, none, 'a', 2.0]|join('-')
'abc'|join('.')
people|join(', ', attribute='name')
l|sort
words|sort
words|sort(case_sensitive=true)
words|sort(reverse=true)
people|sort(attribute='age')|map(attribute='name')|list
words|unique|list
words|unique(case_sensitive=true)|list
l|min ~ l|max
words|max
people|min(attribute='age')
l|sum
people|sum(attribute='age')
l|first ~ l|last
[]|first
[]|first is defined
'abc'|first ~ 'abc'|last
l|reverse|list
'abc'|reverse
l|list
'abc'|list
d|list
undef|list
nil|list
d|items|list
undef|items|list
d|dictsort
{'b': 1, 'A': 3, 'c': 2}|dictsort
{'b': 1, 'A': 3, 'c': 2}|dictsort(true)
{'b': 1, 'A': 3, 'c': 2}|dictsort(false, 'value')
{'b': 1, 'A': 3}|dictsort(reverse=true)
people|map(attribute='name')|join('/')
people|map(attribute='tags.x', default='-')|list
words|map('upper')|list
words|map('replace', 'a', 'o')|list
people|selectattr('age', 'equalto', 30)|map(attribute='name')|list
people|selectattr('tags')|list|length
people|selectattr('tags', 'defined')|list|length
people|rejectattr('age', '>', 26)|map(attribute='name')|list
l|select('odd')|list
l|reject('gt', 1)|list
l|select|list
[0, 1, '', 'a']|select|list
l|map('zzz')|list
s|replace('World', 'you')
s|replace('l', 'L', 1)
n|replace('7', '8')
lines|indent
lines|indent(2, true)
lines|indent(2, blank=true)
lines|indent('> ')
'42'|int + 1
' 4_2 '|int
'3.7'|int
'x'|int
'x'|int(-1)
'0x1f'|int(base=16)
3.99|int
-3.99|int
true|int
'2.5'|float
'x'|float
42.55|round
42.55|round(1)
2.5|round
3.5|round
42.45|round(1, 'floor')
42.41|round(1, 'ceil')
42|round
-5|abs
true|round(1)
true|round
false|round(2)
'ΑΣ'.lower()
'ΑΣ ΣΑΣ. Σ Α.Σ ΑΣ\\'Σ'|lower
'ΌΣΟΣ'|capitalize
'ΑΣ ΒΣ'.title()
'ΑΣ ΒΣ'|title
'İSTANBUL'.lower()
'ΑΣΑ'.lower() ~ 'Σ'.lower() ~ 'ΑΣ5'.lower() ~ 'Α´Σ´'.lower()
'Straße ΣΑΣ ǅ ﬁ İ'.casefold()
'Hello WORLD ß ΑΣ 1'.swapcase()
'42'.zfill(5) ~ '-42'.zfill(5) ~ '+4'.zfill(4) ~ 'abc'.zfill(2) ~ ''.zfill(2) ~ '--'.zfill(4)
'ab'.center(5) ~ '|' ~ 'abc'.center(6) ~ '|' ~ 'ab'.center(7, '*') ~ '|' ~ 'abcd'.center(2) ~ '|'
'äß'.ljust(4) ~ '|' ~ 'äß'.rjust(4, '€') ~ '|' ~ s.ljust(3)
'a'.center(3, 'xy')
'a'.ljust()
'a'.zfill(3, '0')
s.startswith('e', 1)
s.startswith('H', 1)
s.startswith(('x', 'World'), -5)
s.startswith('', 12)
s.startswith('', 13)
s.startswith('ello', 1, 4)
s.startswith('ell', 1, -8)
s.endswith('lo', 0, 5)
s.endswith('lo', 4, 5)
u.startswith('ß', 1)
u.endswith('€', none, 3)
s.startswith('H', none, none)
'<a href="x">\\'&amp;</a>'|e
'<a>'|upper|escape
5|e
l|batch(2)|list
l|batch(2, 'x')|list
l|batch(3, 0)|list
[]|batch(2, 'x')|list
l|batch(0)|list
range(7)|batch(linecount=3, fill_with=nil)|list
range(7)|slice(3)|list
range(7)|slice(3, 'x')|list
range(6)|slice(3, 'x')|list
[]|slice(2)|list
l|slice(5)|list
l|slice(0)|list
l|slice(-1)|list
'foo bar baz qux'|truncate(9)
'foo bar baz qux'|truncate(9, true)
'foo bar baz qux'|truncate(11)
'foo bar baz qux'|truncate(11, false, '...', 0)
'foo bar baz qux'|truncate(10, end='')
'foobarbazquxfoobar'|truncate(6)
'foo bar'|truncate(2)
u|truncate(4, true, '…', leeway=0)
5|truncate(4)
s|truncate
'one, two_three 4 it\\'s ½ -'|wordcount
''|wordcount
u|wordcount
5|wordcount
'%s-%s'|format('a', 1)
s|safe
range(5)|list
range(2, 8, 3)|list
range(5, 0, -2)|list
range(3)
range(3)|length
range(200000)|list
dict(a=1, b=2)
dict([('x', 1)])
namespace(a=1).a
namespace(a=1).b
namespace(a=1)['a']
raise_exception('no ' ~ n)
strftime_now('%Y-%m-%d %H:%M')
strftime_now('%d %b %Y')
nope()
s()
quote
[quote, both, '\\\\', '\\n\\t\\x00é\\u200b']
[u]
{'k': quote}
[1.0, 1e100, -0.0, 0.0001, 0.00001, 1e15, 1e22]
true
True
none
None
false
[true, False, none]
'\\u00e9\\x41\\101\\q\\''
"tab\\there"
1 == 2 or 'x' in 'xyz' and not false
(1, 2) == (1, 2)
[1] == (1,)
{'a': 1} == {'a': 1.0}
{'a': 1}.items()|list
s.split(',')[1].strip()[0]
(l|sort)[0]
l|sort|first
-l|first
'a' in 'abc' in ['abc']
yes + 1
true * 3
people[0].tags.x
people[0]['tags']['x']
people.0.name
(people|first).name
[[1, 2], [3]]|map('length')|list
[[1, 2], [3]]|map('sum')|list
d | tojson | length
'ÄÖÜ éà ñ ЖД Ωσ ß'|upper
'ÄÖÜ ÉÀ Ñ ЖД Ω'|lower
10 // 0
1 / 0
1 % 0
[1, 2
1 +
{'a' 1}
x is y is z
'a' | nofilter
n is notest
s.nomethod()
1 if
[1, 2]|join(d=', ', attribute=none)
[3, 'a']|sort
{}|first
'abc'[true]
l[1.0]
'a,b'.split(',', maxsplit=1)
'a-b'.split(sep='-')
"""

STATEMENTS = [
    # White space.
    "a\n{% if yes %}\nb\n{% endif %}\nc\n",
    "a\n   {% if yes %}   \nb\n   {% endif %}\nc",
    "a  {% if yes %}  b  {% endif %}  c",
    "a\n  {%- if yes -%}  \n b \n {%- endif -%} \n c",
    "a\n  {%+ if yes +%}  \nb\n  {%+ endif %}\nc",
    "{% if yes +%}\nx{% endif +%}\ny",
    "  {{ n }}\n  {{- n }}\n{{ n -}}\n  x",
    "{# note #}\na {# b #} c\n  {# d #}\ne\n  {#- f -#}\n g {#+ h +#}\n i",
    "x\n\n", "x\n", "\n", "", "\r\na\r\n{% if yes %}\r\nb\r\n{% endif %}\r\n",
    "{% raw %}{{ n }}{% if %}{% endraw %}!",
    "a\n  {% raw %}\n {{ x }}\n  {% endraw %}\nb", "a {%- raw -%} {{ x }} {%- endraw -%} b",
    "{{ {'a': {'b': 1}} }}", "{{ '}}' }}{{ \"%}\" }}", "{{ '{% x %}' }}", "{{- '\\n' -}}   x", "{{-1}}", "{{ -1}}",
    "a\n\t {% if yes %}b{% endif %}\n{{ n }}\n  {% if yes %}c{% endif %}",
    "{% if yes %}{# c #}\n  {% if yes %}x{% endif %}{% endif %}", "a{#-#}b\n", "a {#- x #} b",
    # Scopes.
    "{% set x = 1 %}{% for i in l %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}",
    "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}",
    "{% for i in l %}{% set q = i %}{% endfor %}{{ q is defined }}",
    "{% for i in l %}{% if loop.first %}{% set q = 5 %}{% endif %}{{ q }},{% endfor %}",
    "{% set ns = namespace(t=0) %}{% for i in l %}{% set ns.t = ns.t + i %}{% endfor %}{{ ns.t }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b = ns %}{{ ns.a }}{{ ns.b.a }}{{ ns.c is defined }}",
    "{% set d.x = 1 %}", "{% set zz.x = 1 %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set (a, b) = [1, 2] %}{{ a }}{{ b }}", "{% set a, b = l %}{{ a }}",
    "{% set t = 1, 2 %}{{ t }}",
    "{% set x %}a{{ n }}b{% endset %}[{{ x }}]", "{% set x | upper | trim %} a{{ n }}b {% endset %}[{{ x }}]",
    "{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "{% set messages = messages[1:] %}{{ messages|length }}",
    "{% for s in ['q'] %}{{ s }}{% endfor %}{{ s }}",
    "{% generation %}{% set g = 1 %}{{ g }}{% endgeneration %}{{ g is defined }}",
    # Loops.
    "{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for i in l %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }} {% endfor %}",
    "{% for i in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for i in [1,1,2,2,1] %}{{ loop.changed(i) }} {% endfor %}",
    "{% for i in l %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for i in l if i != 1 %}{{ i }}{{ loop.index }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for i in range(6) if i is odd %}{{ i }}{{ loop.nextitem }}{{ loop.revindex }} {% endfor %}",
    "{% set ns = namespace(x=2) %}{% for i in range(6) if i < ns.x %}{{ i }}{% set ns.x = ns.x + 1 %}{% endfor %}",
    "{% set ns = namespace(x=2) %}{% for i in range(6) if i < ns.x %}{{ i }}{{ loop.last }}{% set ns.x = ns.x + 1 %}{% endfor %}",
    "{% for i in [] %}x{% else %}none{% endfor %}", "{% for i in l if i > 9 %}x{% else %}none{% endfor %}",
    "{% for i in l %}{{ i }}{% else %}none{% endfor %}",
    "{% for i in l %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}!",
    "{% for i in l %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}!",
    "{% for i in l %}{% break %}{% else %}e{% endfor %}", "{% for i in l %}{% continue %}{% else %}e{% endfor %}",
    "{% for i in l %}{{ i }}{% if i == 1 %}{% break %}{% endif %}{% else %}e{% endfor %}",
    "{% for i in l %}{% for j in l %}{% if j == 1 %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}{% endfor %}",
    "{% for i in l %}{% set x %}a{% if i == 1 %}{% break %}{% endif %}b{% endset %}{{ x }}{% endfor %}c",
    "{% for i in l %}{% for j in 'ab' %}{{ loop.index }}{{ j }}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}",
    "{% for a, b in nested %}{{ a }}-{{ b }} {% endfor %}", "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in l %}{% endfor %}", "{% for c in u %}[{{ c }}]{% endfor %}", "{% for i in undef %}x{% endfor %}.",
    "{% for i in nil %}x{% endfor %}", "{% for i in 5 %}x{% endfor %}", "{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "{% for node in tree recursive %}{{ node.v }}{{ loop.depth }}{% if node.kids %}({{ loop(node.kids) }}){% endif %}{% endfor %}",
    "{% for i in l %}{{ loop(l) }}{% endfor %}",
    "{% set g = l|select('odd') %}{{ g|list }}{{ g|list }}{{ 'T' if g }}",
    "{% for i in l|map('string') %}{{ i }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for i in l|reverse %}{{ i }}{% endfor %}", "{% break %}", "{% continue %}",
    "{% for i in l %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}",
    # Macros.
    "{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(b=4, a=5) }} {{ m() }}",
    "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m(a) %}x{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}x{% endmacro %}{{ m(q=2) }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}",
    "{% macro m() %}{% set x = 5 %}{{ x }}{% endmacro %}{{ m() }}{{ x is defined }}",
    "{% macro m() %} a {% endmacro %}{{ m()|trim }}|{{ m() ~ 'b' }}|{{ m()|length }}",
    "{% macro m(a) -%}\n  {{ a }}\n{%- endmacro %}{{ m(none) }}{{ m([1]) }}",
    "{% macro m(x=[]) %}{{ x }}{% endmacro %}{{ m() }}", "{{ m is defined }}{% macro m() %}{% endmacro %}{{ m is callable }}",
    "{% macro m(messages) %}{{ messages }}{% endmacro %}{{ m(1) }}{{ messages }}",
    # If, filter blocks, calls.
    "{% if no %}a{% elif n == 7 %}b{% elif yes %}c{% else %}d{% endif %}", "{% if undef %}a{% else %}b{% endif %}",
    "{% if l and d %}a{% endif %}{% if not empty %}b{% endif %}{% if 0.0 %}c{% endif %}",
    "{% filter upper %}a{{ s }}b{% endfilter %}", "{% filter trim | replace('a', 'b') %}  aa {% endfilter %}",
    "{{ raise_exception('stop') if no else 'go' }}", "{{ [1,2,3][1:]|join }}", "{{ tools is none }}{{ documents is none }}{{ tools is defined }}",
    "{{ bos_token }}{{ eos_token }}{{ cls_token is defined }}", "{{ 'x'.join(['a', 'b']) if add_generation_prompt else 'off' }}",
    "{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% endif %}",
    "{% if custom is defined %}{{ custom() }}{% endif %}ok",
    # With.
    "{% with a=1, b=2 %}{{ a + b }}{% endwith %}{{ a is defined }}", "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}",
    "{% set a = 5 %}{% with a=1, b=a %}{{ a }}{{ b }}{% endwith %}{{ a }}", "{% with a=n, a=f %}{{ a }}{% endwith %}",
    "{% with a, b = (1, 2) %}{{ a }}{{ b }}{% endwith %}", "{% with a=1, %}{{ a }}{% endwith %}", "{% with a %}{% endwith %}", "{% with a=1 %}",
    "{% for i in l %}{% with j=i %}{% if j == 1 %}{% continue %}{% endif %}{{ j }}{% set k = j %}{% endwith %}{{ k is defined }}{% endfor %}",
    "{% with x = s|upper if yes else 0 %}{% with y = x ~ '!' %}{{ x }}{{ y }}{% endwith %}{{ y is defined }}{% endwith %}",
    "{% macro m(a) %}{% with b = a %}{{ b }}{% endwith %}{% endmacro %}{{ m(3) }}",
    "{% filter escape %}<{{ n }}>{% endfilter %}", "{% filter trim | e %} <b> {% endfilter %}",
    # Malformed.
    "{% if yes %}a", "{% endif %}", "{% for x l %}{% endfor %}", "{{ 'open }}", "{{ n", "{% set %}", "{% unknown %}",
    "{{ }}", "{{ 1 2 }}", "{{ (1 }}", "{{ 1) }}", "{# open", "{% raw %}x", "{% if yes %}{% endfor %}", "{% else %}",
    "{% macro m(a=1, b) %}{% endmacro %}", "{{ f(a=1, 2) }}", "{% set 1 = 2 %}", "{% set none = 2 %}", "{{ a.b. }}",
    "{{ $ }}", "{{ 'a' is }}",
]

# In the list of expressions a backslash is written as in a template's text.
CASES = ["{{ " + line.replace("\\\\", "\\") + " }}" for line in EXPRESSIONS.strip().split("\n")] + STATEMENTS
