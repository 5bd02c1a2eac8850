from weir.cli.app import main

main()
