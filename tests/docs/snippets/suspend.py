from weir.runtime import adapters

with adapters.bureau_client(adapters.settings()) as bureau:
    bureau.order("suspend", "dataset", "electricity-bills", ground="安全检查", reviewer="张三")
    bureau.order("resume", "dataset", "electricity-bills", ground="整改完成", reviewer="张三")
