"""The proof: the unchanged program buys for a person's own leads from the sandbox, is killed, and its books are read.

Stands apart like the sandbox: only the command line uses it. Nothing is imported here, because each run of the program
under proof loads `recorder` as a plugin.
"""
